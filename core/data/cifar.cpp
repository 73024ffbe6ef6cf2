#include "core/data/cifar.hpp"

#include <fmt/format.h>

#include "core/data/data_error.hpp"

namespace pathquant {

ByteTable parse_cifar_images(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  constexpr std::size_t pixels = 3 * 32 * 32;
  constexpr std::size_t record = 1 + pixels;
  constexpr std::uint8_t last_label = 9;
  if (bytes.empty()) throw DataError(file, "is empty; fetch it again");
  if (bytes.size() % record != 0)
    throw DataError(file, fmt::format("has {} bytes, which is not a whole number of CIFAR-10's records of {}: it is "
                                      "truncated or of another kind; fetch it again",
                                      bytes.size(), record));
  const std::size_t images = bytes.size() / record;
  ByteTable table{static_cast<Index>(images), static_cast<Index>(pixels)};
  table.values.reserve(images * pixels);
  for (std::size_t image = 0; image < images; ++image) {
    const auto one = bytes.subspan(image * record, record);
    if (one[0] > last_label)
      throw DataError(file,
                      fmt::format("image {} has the label {}, and those of CIFAR-10 end at {}: the file is damaged "
                                  "or of another kind; fetch it again",
                                  image + 1, one[0], last_label));
    table.values.insert(table.values.end(), one.begin() + 1, one.end());
  }
  return table;
}

ByteTable read_cifar_images(const std::filesystem::path& file) {
  return parse_cifar_images(read_bytes(file), file);
}

}  // namespace pathquant
