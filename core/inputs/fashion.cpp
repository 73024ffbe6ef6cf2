// Fashion-MNIST inputs: articles of clothing, 28 x 28 pixels.
#include "core/inputs/dataset_distribution.hpp"

namespace pathquant {

namespace fashion_inputs {

const Registered<InputEntry> registered(dataset_entry({
    .name = "fashion",
    .summary = "Fashion-MNIST's articles of clothing: 60000 training and 10000 test images of 28 x 28 pixels",
    .formula = "X_it = pixel / 255, rows drawn without replacement, or all rows in the file's order. With `kernel`, X "
               "is made of patches of the images; see runsweep explain patches.",
    .hypotheses = "features are dependent, so no bound that needs independent columns applies; the files are found by "
                  "PATHQUANT_DATA or in ~/.cache/pathquant",
    .source = "Xiao, Rasul & Vollgraf 2017, Fashion-MNIST, arXiv 1708.07747",
}));

}  // namespace fashion_inputs

}  // namespace pathquant
