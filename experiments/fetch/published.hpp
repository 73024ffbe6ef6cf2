// The public data sets: which files, where they are published, and their checksums.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/fetch/download.hpp"

namespace pathquant {

struct PublishedFile {
  std::string name;
  Expected expected;
  /// Names of the members of a gzipped tar archive that are wanted, and the size of each; empty: the file itself is.
  std::vector<std::string> members = {};
  std::uint64_t member_bytes = 0;
};

struct PublishedDataset {
  std::string_view name;             ///< as in core/data/datasets.hpp
  std::vector<std::string> folders;  ///< URLs without the file's name, tried in this order
  std::vector<PublishedFile> files;
};

/// In alphabetical order.
const std::vector<PublishedDataset>& published_datasets();

}  // namespace pathquant
