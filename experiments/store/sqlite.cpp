#include "experiments/store/sqlite.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "experiments/store/atomic_file.hpp"

namespace pathquant {
namespace {

/// Readers and the writer of one database hold it for milliseconds: whoever waits longer than this waits for something
/// dead.
constexpr int patience_in_ms = 60000;

std::string uri(const std::filesystem::path& path, bool immutable) {
  std::string text = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    const bool special = c == '%' || c == '?' || c == '#';
    text += special ? fmt::format("%{:02x}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return immutable ? text + "?immutable=1" : text;
}

std::string advice_on(int code, const std::string& sqlite_says) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return advice(ENOSPC);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return advice(EACCES);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fmt::format("it is damaged or no database ({}): move it away; its tasks will be run again", sqlite_says);
    case SQLITE_BUSY:
      return "another process holds it locked: end that process, or try again later";
    default:
      return sqlite_says;
  }
}

}  // namespace

Database::Database(const std::filesystem::path& path, int flags, bool immutable) : path_(path) {
  const int code = sqlite3_open_v2(uri(path, immutable).c_str(), &handle_, flags | SQLITE_OPEN_URI, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(handle_, patience_in_ms);
    return;
  }
  try {
    fail(code);
  } catch (...) {
    sqlite3_close_v2(handle_);  // to be closed also when opening failed; no destructor will
    throw;
  }
}

void Database::fail(int code) const {
  const int system_error = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
  const std::string message = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  const bool from_system = (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN;
  const std::string reason = from_system && system_error != 0 ? fmt::format("{}: {}", message, advice(system_error))
                                                              : advice_on(code, message);
  throw SqliteError(fmt::format("{}: {}", path_.string(), reason), code & 0xFF);
}

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::integer(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.step()) fail(SQLITE_CORRUPT);
  return statement.integer(0);
}

bool Database::has_table(const std::string& name) {
  Statement statement(*this, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1");
  statement.bind(1, name);
  return statement.step();
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  require(sqlite3_prepare_v2(database.handle(), sql, -1, &handle_, nullptr));
}

void Statement::bind(int parameter, std::string_view text) {
  // SQLite takes a null pointer for NULL, and an empty view may have one.
  const char* data = text.data() == nullptr ? "" : text.data();
  require(sqlite3_bind_text64(handle_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int parameter, std::int64_t number) {
  require(sqlite3_bind_int64(handle_, parameter, number));
}
void Statement::bind(int parameter, double number) {
  require(sqlite3_bind_double(handle_, parameter, number));
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail(code);
  return code == SQLITE_ROW;
}

void Statement::reset() {
  require(sqlite3_reset(handle_));
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::require(int code) const {
  if (code != SQLITE_OK) database_.fail(code);
}

}  // namespace pathquant
