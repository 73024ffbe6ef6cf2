// Parts of unfinished tasks that earlier processes have kept. Not for use outside this folder.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "experiments/store/store.hpp"

namespace pathquant {

class KeptParts {
 public:
  /// Reads every database of the folder, and removes what is left there of finished tasks. Throws StoreError when two of them contradict each other.
  explicit KeptParts(const std::filesystem::path& folder);

  /// The content of a part as JSON text.
  std::optional<std::string> find(const TaskKey& key, const std::string& part) const;
  /// Removes the parts of finished tasks from the databases that they were read from. One that cannot be written keeps
  /// them: nobody asks for them again.
  void remove(const std::set<TaskKey>& finished) const;

 private:
  struct Task {
    std::map<std::string, std::string> contents;  ///< by part
    std::set<std::filesystem::path> files;
  };
  void add(const TaskKey& key, const std::string& part, std::string content, const std::filesystem::path& file);

  void remove_of_finished(const std::vector<std::filesystem::path>& files);

  std::map<TaskKey, Task> tasks_;
};

}  // namespace pathquant
