#include "core/data/bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>
#include <system_error>

#include "core/data/data_error.hpp"

#define ZLIB_CONST
#include <zlib.h>

namespace pathquant {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// C's streams, because they tell the reason of a failure (errno) where C++'s do not.
File open_file(const std::filesystem::path& file, const char* mode, const char* purpose) {
  errno = 0;
  File opened(std::fopen(file.c_str(), mode));
  if (!opened)
    throw DataError(file, fmt::format("cannot be opened for {}: {}", purpose, std::generic_category().message(errno)));
  return opened;
}

Bytes read_plain(const std::filesystem::path& file, std::size_t limit) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(file, problem);
  if (status.type() == std::filesystem::file_type::not_found)
    throw DataError(file, "there is no such file; check the path");
  if (status.type() == std::filesystem::file_type::none)
    throw DataError(file, fmt::format("cannot be looked at: {}", problem.message()));
  if (is_directory(status)) throw DataError(file, "is a folder where a file is needed");
  if (!is_regular_file(status)) throw DataError(file, "is not a regular file; copy its content into one");

  const File opened = open_file(file, "rb", "reading");
  const std::uintmax_t size = std::filesystem::file_size(file, problem);
  if (problem) throw DataError(file, fmt::format("has no size: {}", problem.message()));
  if (size > limit)
    throw DataError(file, fmt::format("has {} bytes, more than the {} that are read of such a file", size, limit));
  Bytes bytes;
  try {
    bytes.resize(size);
  } catch (const std::exception&) {
    throw DataError(file, fmt::format("its {} bytes do not fit into memory", size));
  }
  // An empty vector has no address, and C's streams take none but a real one.
  const std::size_t got = bytes.empty() ? 0 : std::fread(bytes.data(), 1, bytes.size(), opened.get());
  if (std::ferror(opened.get()) != 0) throw DataError(file, "cannot be read to its end: the device reports an error");
  if (got != bytes.size() || std::fgetc(opened.get()) != EOF)
    throw DataError(file, "changed while it was read; try again when nothing writes to it");
  return bytes;
}

class Inflater {
 public:
  Inflater() {
    constexpr int gzip_only = 15 + 16;  // the largest window, plus zlib's mark for a gzip header
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }

  z_stream stream = {};
};

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

Bytes gunzip(std::span<const std::uint8_t> packed, const std::filesystem::path& file, std::size_t limit) {
  constexpr std::size_t most_fed = std::size_t{1} << 30;  // zlib counts its input in 32 bits
  Inflater inflater;
  z_stream& stream = inflater.stream;
  Bytes plain;
  Bytes piece(std::size_t{1} << 18);
  std::size_t fed = 0;
  while (true) {
    if (stream.avail_in == 0 && fed < packed.size()) {
      const std::size_t more = std::min(packed.size() - fed, most_fed);
      stream.next_in = packed.data() + fed;
      stream.avail_in = static_cast<uInt>(more);
      fed += more;
    }
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    const std::size_t produced = piece.size() - stream.avail_out;
    if (produced > limit - plain.size())
      throw DataError(
          file,
          fmt::format("unpacks to more than {} bytes, the most that is unpacked of such a file; unpack it by gunzip",
                      limit));
    plain.insert(plain.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(produced));
    if (code == Z_OK) continue;
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    // No progress is possible only for want of input: the output always has room here.
    if (code == Z_BUF_ERROR) throw DataError(file, "its gzip is truncated; fetch or copy the file again");
    if (code != Z_STREAM_END)
      throw DataError(file, fmt::format("its gzip is corrupt ({}); fetch or copy the file again",
                                        stream.msg == nullptr ? "not readable" : stream.msg));
    const std::span rest = packed.subspan(fed - stream.avail_in);
    if (std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte == 0; })) return plain;
    if (!is_gzip(rest))
      throw DataError(file, "its gzip is corrupt (bytes follow its end); fetch or copy the file again");
    inflateReset(&stream);
  }
}

Bytes read_bytes(const std::filesystem::path& file, std::size_t limit) {
  Bytes bytes = read_plain(file, limit);
  return is_gzip(bytes) ? gunzip(bytes, file, std::min(limit, unpacked_limit)) : bytes;
}

void write_bytes(const std::filesystem::path& file, std::span<const std::uint8_t> bytes) {
  File opened = open_file(file, "wb", "writing");
  errno = 0;
  bool written = bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), opened.get()) == bytes.size();
  // Closing flushes, so a full disk may show only here.
  written = std::fclose(opened.release()) == 0 && written;
  if (!written)
    throw DataError(file, fmt::format("could not be written whole: {}", std::generic_category().message(errno)));
}

}  // namespace pathquant
