#include "experiments/measure/identified_files.hpp"

#include "core/data/data_error.hpp"
#include "experiments/hash.hpp"

namespace pathquant {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file) {
  throw DataError(
      file, "has changed since the sweep was started, so that its cell is another one now: start the sweep again");
}

}  // namespace

void IdentifiedFiles::add(const std::vector<std::filesystem::path>& files, nlohmann::json& identity) {
  for (const auto& file : files) {
    const FileState state = state_of(file);
    files_.push_back({file, state, sha256_hex_of_file(file)});
    if (state_of(file) != state)
      throw DataError(file, "changed while it was read; try again when nothing writes to it");
    identity["files"].push_back(files_.back().sha256);
  }
}

std::vector<FileState> IdentifiedFiles::verified() const {
  std::vector<FileState> states;
  for (const One& one : files_) {
    states.push_back(state_of(one.file));
    // A file that was touched, or replaced by its like, is the same.
    if (states.back() != one.state && (states.back().number == 0 || sha256_hex_of_file(one.file) != one.sha256))
      refuse(one.file);
  }
  return states;
}

void IdentifiedFiles::confirm(const std::vector<FileState>& states) const {
  for (std::size_t i = 0; i < files_.size(); ++i)
    if (state_of(files_[i].file) != states[i]) refuse(files_[i].file);
}

}  // namespace pathquant
