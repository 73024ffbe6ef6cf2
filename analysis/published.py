"""The public data sets: which files, where they are published, and their sums."""
from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    name: str
    size: int
    sha256: str
    members: tuple[str, ...] = ()  # of a tar archive: the files that are wanted
    member_size: int = 0


class Dataset(NamedTuple):
    servers: tuple[str, ...]  # tried in this order
    files: tuple[Published, ...]


# Sources of the sums. CIFAR-10: the MD5 c32a1d4ab5d03f1284b67883e8d87530 on its page and the sha256 that gomlx and torchvision-ruby check.
# Fashion-MNIST: files with the MD5 sums in its README have these sha256, which Julia's Flux checks too. MNIST: the sums that TensorFlow
# Datasets checks.
DATASETS = {
    "cifar10": Dataset(
        ("https://www.cs.toronto.edu/~kriz",),
        (Published("cifar-10-binary.tar.gz", 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                   (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"), 30730000),)),
    "fashion": Dataset(
        ("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
         "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"),
        (Published("train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
         Published("train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
         Published("t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
         Published("t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"))),
    "mnist": Dataset(
        ("https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"),
        (Published("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
         Published("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
         Published("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
         Published("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"))),
}
