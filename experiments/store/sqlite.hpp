// The little of SQLite that the store needs, with errors as StoreError that name the file. Not for use outside this
// folder.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "experiments/store/store.hpp"

namespace pathquant {

/// SQLite's own error, with its code: the reader tries again in another way where a file cannot be locked or recovered.
struct SqliteError : StoreError {
  SqliteError(const std::string& message, int code_) : StoreError(message), code(code_) {}
  int code;  ///< primary result code
};

class Database {
 public:
  /// `flags` as of sqlite3_open_v2. With `immutable` neither locks nor journal are looked at.
  Database(const std::filesystem::path& path, int flags, bool immutable = false);
  ~Database() { sqlite3_close_v2(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* sql);
  /// The integer that a one-row, one-column query gives.
  std::int64_t integer(const char* sql);
  bool has_table(const std::string& name);
  sqlite3* handle() const { return handle_; }
  [[noreturn]] void fail(int code) const;

 private:
  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// `text` must live until the next reset(). Parameters count from 1.
  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);
  void bind(int parameter, double number);
  /// Whether there is a row.
  bool step();
  void reset();

  /// Columns count from 0.
  std::string text(int column) const;
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  double real(int column) const { return sqlite3_column_double(handle_, column); }

 private:
  void require(int code) const;
  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

inline constexpr std::int64_t schema_version = 1;
inline constexpr const char* database_suffix = ".sqlite";

}  // namespace pathquant
