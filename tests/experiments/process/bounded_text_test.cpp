#include "experiments/process/bounded_text.hpp"

#include <doctest/doctest.h>

using namespace pathquant;

namespace bounded_text_test {

TEST_CASE("a short text is kept whole, a long one by its two ends") {
  BoundedText text;
  CHECK(text.text().empty());
  text.add("  hello ");
  text.add("world\n");
  CHECK(text.text() == "hello world");
  for (int i = 0; i < 1000; ++i) text.add("0123456789");
  text.add("the end\n");
  CHECK(text.total() == 8 + 6 + 10000 + 8);
  const std::string kept = text.text();
  CHECK(kept.size() < 3000);
  CHECK(kept.starts_with("hello world"));
  CHECK(kept.ends_with("the end"));
  CHECK(kept.find(" [...] ") != std::string::npos);
}

TEST_CASE("however a text is cut into parts, the same is kept") {
  std::string long_text;
  for (int i = 0; i < 700; ++i) long_text += std::to_string(i);
  BoundedText whole;
  whole.add(long_text);
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1024}, std::size_t{1500}}) {
    BoundedText parts;
    for (std::size_t at = 0; at < long_text.size(); at += size) parts.add(std::string_view(long_text).substr(at, size));
    CHECK(parts.text() == whole.text());
  }
}

}  // namespace bounded_text_test
