// Digits inputs: scikit-learn's handwritten digits, 8 x 8 pixels.
#include "core/inputs/dataset_distribution.hpp"

namespace pathquant {

namespace digits_inputs {

const Registered<InputEntry> registered(dataset_entry({
    .name = "digits",
    .summary = "scikit-learn's handwritten digits: 1797 images of 8 x 8 pixels",
    .formula = "X_it = pixel / 16, rows drawn without replacement, or all rows in the file's order. There is no "
               "official split: first_half holds rows 0 to 897, second_half the other 899, which gives fresh data that "
               "share no row with the first. With `kernel`, X is made of patches of the images; see runsweep explain "
               "patches.",
    .hypotheses = "features are dependent, so no bound that needs independent columns applies; the file is found by "
                  "PATHQUANT_DATA, in ~/.cache/pathquant or where python3-sklearn puts it",
    .source = "Alpaydin & Kaynak 1998, Optical recognition of handwritten digits, UCI (its test set), as "
              "scikit-learn's load_digits has it",
}));

}  // namespace digits_inputs

}  // namespace pathquant
