#include "experiments/fetch/unpack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/bytes.hpp"
#include "core/data/tar.hpp"
#include "experiments/fetch/download.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant {

void unpack(const std::filesystem::path& archive, const std::vector<std::string>& members, std::uint64_t bytes_each) {
  const Bytes bytes = read_bytes(archive);
  const std::vector<TarMember> present = parse_tar(bytes, archive);
  std::vector<const TarMember*> wanted;
  for (const std::string& name : members) {
    const auto found = std::find_if(present.begin(), present.end(), [&](const TarMember& member) {
      return std::filesystem::path(member.name).filename() == name && member.content.size() == bytes_each;
    });
    if (found == present.end())
      throw FetchError(fmt::format("{} holds no {} of {} bytes", archive.string(), name, bytes_each));
    wanted.push_back(&*found);
  }
  for (std::size_t i = 0; i < members.size(); ++i)
    write_atomically(archive.parent_path() / members[i],
                     {reinterpret_cast<const char*>(wanted[i]->content.data()), wanted[i]->content.size()});
}

bool is_unpacked(const std::filesystem::path& folder, const std::vector<std::string>& members,
                 std::uint64_t bytes_each) {
  return std::all_of(members.begin(), members.end(), [&](const std::string& name) {
    std::error_code problem;
    return std::filesystem::file_size(folder / name, problem) == bytes_each && !problem;
  });
}

}  // namespace pathquant
