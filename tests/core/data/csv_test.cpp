#include "core/data/csv.hpp"

#include <doctest/doctest.h>

#include "core/data/data_error.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace csv_test {

ByteTable parsed(const std::string& text) {
  return parse_csv_bytes(bytes_of(text), "table.csv");
}
std::string refused(const std::string& text) {
  return refusal<DataError>([&] { parsed(text); });
}

TEST_CASE("lines of integers become rows, whatever ends a line") {
  const Bytes expected = {1, 2, 3, 4, 5, 255};
  for (const char* text : {"1,2,3\n4,5,255\n", "1,2,3\n4,5,255", "1,2,3\r\n4,5,255\r\n"}) {
    const ByteTable table = parsed(text);
    CHECK(table.rows == 2);
    CHECK(table.columns == 3);
    CHECK(table.values == expected);
  }
}

TEST_CASE("a gzip file of lines is read") {
  const TemporaryFolder folder;
  write_bytes(folder / "table.csv.gz", gzip(bytes_of("7,8\n9,10\n")));
  CHECK(read_csv_bytes(folder / "table.csv.gz").values == Bytes{7, 8, 9, 10});
}

TEST_CASE("what is no table is refused with file, line and field") {
  CHECK(contains(refused(""), "table.csv: is empty"));
  CHECK(contains(refused("1,2\n3,4,5\n"), "line 2 has 3 fields and line 1 has 2"));
  CHECK(contains(refused("1,2\n3\n"), "line 2 has 1 fields"));
  CHECK(contains(refused("1,2\n\n3,4\n"), "line 2, field 1 is not an integer"));
  for (const char* field : {"", "256", "-1", "1.5", " 1", "1 ", "x", "+1"}) {
    INFO("field '", field, "'");
    CHECK(contains(refused(std::string("1,2\n3,") + field + "\n"), "table.csv: line 2, field 2 is not an integer"));
  }
}

TEST_CASE("damaged lines give a table of the right size or a DataError") {
  const Bytes bytes = bytes_of("12,0,7,200\n1,2,3,4\n9,8,7,6\n");
  std::mt19937 random(4);
  for (int i = 0; i < 4000; ++i) {
    const Bytes bad = damaged(bytes, random);
    refusal<DataError>([&] {
      const ByteTable table = parse_csv_bytes(bad, "fuzz");
      CHECK(table.values.size() == static_cast<std::size_t>(table.rows * table.columns));
    });
  }
}

}  // namespace csv_test
