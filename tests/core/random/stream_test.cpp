// Tests of streams by their definition: which words make which number, and that only (text, row, position) matters.
#include "core/random/stream.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <initializer_list>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace pathquant {
namespace stream_test {

std::vector<std::uint32_t> words_of(const Stream& stream, Index row, std::uint32_t blocks) {
  std::vector<std::uint32_t> words;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    const auto r = static_cast<std::uint64_t>(row);
    const PhiloxBlock b =
        philox4x32_10({static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(r >> 32), block, 0}, stream.key());
    words.insert(words.end(), {b.w0, b.w1, b.w2, b.w3});
  }
  return words;
}

constexpr Index rows[] = {0, 1, 77, Index{1} << 32, (Index{5} << 40) + 3};

TEST_CASE("A uniform is 53 bits of two words, the first one's highest") {
  const Stream stream("uniforms");
  for (const Index row : rows) {
    const auto words = words_of(stream, row, 25);
    std::vector<double> out(50);
    stream.uniforms(row, 0, 50, out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t both = std::uint64_t{words[2 * i]} << 32 | words[2 * i + 1];
      CHECK(out[i] == static_cast<double>(both >> 11) * 0x1p-53);
    }
  }
}

TEST_CASE("A pair of normals is Box and Muller's of two words") {
  // The radius carries half the logarithm's 5 roundings and one of the root, cosine and sine 3, the product 1: 7.5 in
  // all. Relative to the radius only, since this reference does not resolve the zeros of cosine and sine:
  // elementary_test does.
  const long double tolerance = 8 * 0x1p-53L;
  const long double pi = 3.14159265358979323846264338327950288L;
  const Stream stream("normals");
  for (const Index row : rows) {
    const auto words = words_of(stream, row, 25);
    std::vector<double> out(100);
    stream.normals(row, 0, 100, out.data());
    for (std::size_t i = 0; i < out.size(); i += 2) {
      const long double radius = std::sqrt(-2 * std::log((words[i] + 0.5L) * 0x1p-32L));
      const long double angle = 2 * pi * (words[i + 1] + 0.5L) * 0x1p-32L;
      CHECK(std::fabs(out[i] - radius * std::cos(angle)) <= tolerance * radius);
      CHECK(std::fabs(out[i + 1] - radius * std::sin(angle)) <= tolerance * radius);
      CHECK(std::hypot(out[i], out[i + 1]) < std::sqrt(66 * std::log(2.0)) + 1e-12);  // u >= 2^-33
    }
  }
}

TEST_CASE("Every window of a row shows the row's numbers, and writes nothing else") {
  using Fill = void (Stream::*)(Index, Index, Index, double*) const;
  const Stream stream("windows");
  constexpr Index length = 100;
  constexpr double untouched = -1000;
  for (const Fill fill : {Fill{&Stream::uniforms}, Fill{&Stream::normals}}) {
    std::vector<double> whole(length);
    (stream.*fill)(3, 0, length, whole.data());
    bool same = true;
    bool kept = true;
    for (Index first = 0; first <= length; ++first) {
      for (Index count = 0; first + count <= length; ++count) {
        std::vector<double> out(static_cast<std::size_t>(count) + 2, untouched);
        (stream.*fill)(3, first, count, out.data() + 1);
        for (Index i = 0; i < count; ++i)
          same = same && out[static_cast<std::size_t>(i) + 1] == whole[static_cast<std::size_t>(first + i)];
        kept = kept && out.front() == untouched && out.back() == untouched;
      }
    }
    CHECK(same);
    CHECK(kept);

    // The end of the longest row there is.
    const Index end = Index{1} << 33;
    std::vector<double> tail(40), one(1);
    (stream.*fill)(3, end - 40, 40, tail.data());
    (stream.*fill)(3, end - 1, 1, one.data());
    CHECK(one[0] == tail[39]);
    CHECK(one[0] != whole[length - 1]);
  }
}

TEST_CASE("A window outside the addressable positions is refused") {
  const Stream stream("refused");
  double out[1] = {0.5};
  const Index end = Index{1} << 33;
  const auto refuses = [&](Index row, Index first, Index count) {
    CHECK_THROWS_AS(stream.uniforms(row, first, count, out), std::invalid_argument);
    CHECK_THROWS_AS(stream.normals(row, first, count, out), std::invalid_argument);
  };
  refuses(-1, 0, 1);
  refuses(0, -1, 1);
  refuses(0, 0, -1);
  refuses(0, end, 1);
  refuses(0, end + 1, 0);
  refuses(0, 1, end);
  CHECK(out[0] == 0.5);
}

TEST_CASE("The key is the documented hash of the text") {
  // No text: one block, the length 0, from state 0. That is Philox's published answer to counter 0 and key 0, whose xor
  // with the state changes nothing.
  CHECK(Stream("").key() == 0xe169c58d6627e8d5);
  // Nine bytes: two blocks, the first byte lowest, zeros after the last; then the length.
  PhiloxBlock state{};
  for (const std::uint64_t message : std::initializer_list<std::uint64_t>{0x6867666564636261, 0x69, 9}) {
    const PhiloxBlock e = philox4x32_10(state, message);
    state = {state.w0 ^ e.w0, state.w1 ^ e.w1, state.w2 ^ e.w2, state.w3 ^ e.w3};
  }
  CHECK(Stream("abcdefghi").key() == (std::uint64_t{state.w1} << 32 | state.w0));
}

TEST_CASE("Different texts have unrelated keys") {
  CHECK(Stream("seed=1").key() == Stream(std::string("seed=1")).key());
  std::set<std::uint64_t> keys;
  for (std::size_t zeros = 0; zeros < 40; ++zeros) keys.insert(Stream(std::string(zeros, '\0')).key());
  CHECK(keys.size() == 40);

  // Neighbours differ in 32 of 64 bits on average, with standard deviation 4 / sqrt(n). 5 of these: a false alarm has
  // probability 6e-7. Among n = 10^4 keys some two are equal with probability 3e-12.
  constexpr int n = 10000;
  double distance = 0;
  keys.clear();
  for (int i = 0; i < n; ++i) {
    const std::uint64_t key = Stream("seed=1/trial=" + std::to_string(i) + "/inputs").key();
    distance += std::popcount(key ^ Stream("seed=1/trial=" + std::to_string(i + 1) + "/inputs").key());
    keys.insert(key);
  }
  CHECK(keys.size() == n);
  CHECK(std::fabs(distance / n - 32) < 5 * 4 / std::sqrt(double{n}));
}

TEST_CASE("An engine gives the words of its row in order") {
  static_assert(std::uniform_random_bit_generator<StreamEngine>);
  const Stream stream("engine");
  for (const Index row : rows) {
    StreamEngine engine(stream, row);
    for (const std::uint32_t word : words_of(stream, row, 5)) CHECK(engine() == word);
  }
}

}  // namespace stream_test
}  // namespace pathquant
