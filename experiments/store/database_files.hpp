// The databases of a folder, and how one is read that a killed process may have left. Not for use outside this folder.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "experiments/store/sqlite.hpp"

namespace pathquant {

/// The databases (*.sqlite) of `folder`, which need not exist, in the order of their names.
std::vector<std::filesystem::path> database_files(const std::filesystem::path& folder);

using ReadDatabase = std::function<void(Database& database)>;

/// Calls `read` with the database, rolled back to its last commit, unless it is empty; once more where it turns out that
/// the folder may only be read. Throws StoreError when the file is no database of this program.
void read_database(const std::filesystem::path& path, const ReadDatabase& read);

/// Deletes the rows of these tasks in a table; nothing where there is no such table.
void delete_rows(Database& database, const std::string& table, const std::set<TaskKey>& tasks);

}  // namespace pathquant
