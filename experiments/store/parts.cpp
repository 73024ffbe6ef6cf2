#include "experiments/store/parts.hpp"

#include <fmt/format.h>

#include "experiments/store/database_files.hpp"

namespace pathquant {

KeptParts::KeptParts(const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> files = database_files(folder);
  for (const std::filesystem::path& file : files)
    read_database(file, [&](Database& database) {
      if (!database.has_table("parts")) return;
      Statement select(database, "SELECT cell_id, trial, part, content FROM parts");
      while (select.step()) add({select.text(0), select.integer(1)}, select.text(2), select.text(3), file);
    });
  if (!tasks_.empty()) remove_of_finished(files);
}

// A process that was killed between the commit of a task in its own database and remove() has left the parts in others.
void KeptParts::remove_of_finished(const std::vector<std::filesystem::path>& files) {
  std::set<TaskKey> finished;
  for (const std::filesystem::path& file : files)
    read_database(file, [&](Database& database) {
      Statement select(database,
                       "SELECT 1 FROM tasks WHERE cell_id = ?1 AND trial = ?2 AND status IN ('ok', 'skipped')");
      for (const auto& [key, task] : tasks_) {
        select.bind(1, key.first);
        select.bind(2, key.second);
        if (select.step()) finished.insert(key);
        select.reset();
      }
    });
  remove(finished);
  for (const TaskKey& key : finished) tasks_.erase(key);
}

void KeptParts::add(const TaskKey& key, const std::string& part, std::string content,
                    const std::filesystem::path& file) {
  Task& task = tasks_[key];
  task.files.insert(file);
  const auto [place, is_new] = task.contents.try_emplace(part, std::move(content));
  if (!is_new && place->second != content)
    throw StoreError(
        fmt::format("{} contradicts another database: different contents of part '{}' of cell {}, trial {}; "
                    "run the same command with --force",
                    file.string(), part, key.first, key.second));
}

std::optional<std::string> KeptParts::find(const TaskKey& key, const std::string& part) const {
  const auto task = tasks_.find(key);
  if (task == tasks_.end()) return std::nullopt;
  const auto content = task->second.contents.find(part);
  return content == task->second.contents.end() ? std::nullopt : std::optional(content->second);
}

void KeptParts::remove(const std::set<TaskKey>& finished) const {
  std::map<std::filesystem::path, std::set<TaskKey>> by_file;
  for (const TaskKey& key : finished) {
    const auto task = tasks_.find(key);
    if (task == tasks_.end()) continue;
    for (const std::filesystem::path& file : task->second.files) by_file[file].insert(key);
  }
  for (const auto& [file, keys] : by_file) {
    try {
      Database database(file, SQLITE_OPEN_READWRITE);
      delete_rows(database, "parts", keys);
    } catch (const StoreError&) {
      // As said: they are never asked for.
    }
  }
}

}  // namespace pathquant
