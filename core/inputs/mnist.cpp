// MNIST inputs: handwritten digits, 28 x 28 pixels.
#include "core/inputs/dataset_distribution.hpp"

namespace pathquant {

namespace mnist_inputs {

const Registered<InputEntry> registered(dataset_entry({
    .name = "mnist",
    .summary = "MNIST's handwritten digits: 60000 training and 10000 test images of 28 x 28 pixels",
    .formula = "X_it = pixel / 255, rows drawn without replacement, or all rows in the file's order. Many border "
               "pixels are 0 in every image: dead columns. With `kernel`, X is made of patches of the images; see "
               "runsweep explain patches.",
    .hypotheses = "features are dependent, so no bound that needs independent columns applies; the files are found by "
                  "PATHQUANT_DATA or in ~/.cache/pathquant",
    .source = "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition, Proc. "
              "IEEE 86(11)",
}));

}  // namespace mnist_inputs

}  // namespace pathquant
