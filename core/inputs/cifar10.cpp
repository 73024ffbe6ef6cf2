// CIFAR-10 inputs: colour photographs of ten classes, 32 x 32 pixels.
#include "core/inputs/dataset_distribution.hpp"

namespace pathquant {

namespace cifar10_inputs {

const Registered<InputEntry> registered(dataset_entry({
    .name = "cifar10",
    .summary = "CIFAR-10's photographs: 50000 training and 10000 test images of 3 x 32 x 32 pixels",
    .formula =
        "X_it = pixel / 255 in the order (channel, y, x), rows drawn without replacement, or all rows in the files' "
        "order. With `kernel`, X is made of patches of the images; see runsweep explain patches.",
    .hypotheses =
        "features are dependent, so no bound that needs independent columns applies; the files (binary version) are "
        "found by PATHQUANT_DATA or in ~/.cache/pathquant, where a file with the first images of a split will do",
    .source = "Krizhevsky 2009, Learning multiple layers of features from tiny images, University of Toronto",
}));

}  // namespace cifar10_inputs

}  // namespace pathquant
