#include "experiments/fetch/published.hpp"

namespace pathquant {

// Sources of the sums. CIFAR-10: the MD5 c32a1d4ab5d03f1284b67883e8d87530 on its page and the sha256 that gomlx and
// torchvision-ruby check. Fashion-MNIST: files with the MD5 sums in its README have these sha256, which Julia's Flux
// checks too. MNIST: the sums that TensorFlow Datasets checks.
const std::vector<PublishedDataset>& published_datasets() {
  static const std::vector<PublishedDataset> list = {
      {.name = "cifar10",
       .folders = {"https://www.cs.toronto.edu/~kriz"},
       .files = {{.name = "cifar-10-binary.tar.gz",
                  .expected = {170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
                  .members = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                              "data_batch_5.bin", "test_batch.bin"},
                  .member_bytes = 30730000}}},
      {.name = "fashion",
       .folders = {"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
                   "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"},
       .files = {{"train-images-idx3-ubyte.gz",
                  {26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"}},
                 {"train-labels-idx1-ubyte.gz",
                  {29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"}},
                 {"t10k-images-idx3-ubyte.gz",
                  {4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"}},
                 {"t10k-labels-idx1-ubyte.gz",
                  {5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}}}},
      {.name = "mnist",
       .folders = {"https://storage.googleapis.com/cvdf-datasets/mnist",
                   "https://ossci-datasets.s3.amazonaws.com/mnist"},
       .files = {{"train-images-idx3-ubyte.gz",
                  {9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"}},
                 {"train-labels-idx1-ubyte.gz",
                  {28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"}},
                 {"t10k-images-idx3-ubyte.gz",
                  {1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"}},
                 {"t10k-labels-idx1-ubyte.gz",
                  {4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}}}},
  };
  return list;
}

}  // namespace pathquant
