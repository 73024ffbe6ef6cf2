// The files whose content is part of an identity: what is read of them must be what was hashed.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/data/file_state.hpp"

namespace pathquant {

class IdentifiedFiles {
 public:
  /// Appends the SHA-256 of every file to identity["files"], and remembers it. Throws std::runtime_error where a file
  /// cannot be read.
  void add(const std::vector<std::filesystem::path>& files, nlohmann::json& identity);

  /// What `work` returns, once it is certain that the files were the remembered ones from its begin to its end. Throws
  /// DataError, naming the file, where one was not.
  template <class Work>
  auto unchanged_during(const Work& work) const {
    const std::vector<FileState> states = verified();
    auto result = work();
    confirm(states);
    return result;
  }

 private:
  struct One {
    std::filesystem::path file;  ///< as it was named: a link may lead elsewhere later
    FileState state;
    std::string sha256;
  };
  std::vector<FileState> verified() const;
  void confirm(const std::vector<FileState>& states) const;

  std::vector<One> files_;
};

}  // namespace pathquant
