#include "core/data/csv_numbers.hpp"

#include <doctest/doctest.h>

#include "core/data/data_error.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace csv_numbers_test {

Matrix<double> parsed(const std::string& text, CsvLabel label = CsvLabel::none) {
  return parse_csv_numbers(bytes_of(text), "table.csv", label);
}
std::string refused(const std::string& text, CsvLabel label = CsvLabel::none) {
  return refusal<DataError>([&] { parsed(text, label); });
}

const Matrix<double> expected = (Matrix<double>(2, 3) << 1, -2.5, 3e-7, 4, 0.1, -1e300).finished();

TEST_CASE("lines of numbers become rows: heading or not, blanks, whatever ends a line") {
  for (const char* text : {"1,-2.5,3e-7\n4,0.1,-1e300\n", "1,-2.5,3e-7\n4,0.1,-1e300",
                           "a,b,c\n1,-2.5,3e-7\n4,0.1,-1e300\n\n", "1, -2.5 ,\t3e-7\r\n4,.1,-1E+300\r\n\r\n",
                           "\xEF\xBB\xBF+1,-2.5,3e-7\n4,0.1,-1e300", "1st,2nd,\n1,-2.5,3e-7\n4,0.1,-1e300"}) {
    INFO(text);
    CHECK(parsed(text) == expected);
  }
}

TEST_CASE("the last field may be a label of any text") {
  CHECK(parsed("x,y,z,kind\n1,-2.5,3e-7,iris\n4,0.1,-1e300,7\n", CsvLabel::last) == expected);
  CHECK(parsed("1,-2.5,3e-7,\n4,0.1,-1e300,nan\n", CsvLabel::last) == expected);
  CHECK(contains(refused("a\nb\n", CsvLabel::last), "line 1 has nothing but a label"));
}

TEST_CASE("gzip is unpacked") {
  const TemporaryFolder folder;
  write_bytes(folder / "x.csv.gz", gzip(bytes_of("1,-2.5,3e-7\n4,0.1,-1e300\n")));
  CHECK(read_csv_numbers(folder / "x.csv.gz", CsvLabel::none) == expected);
}

TEST_CASE("a first line without letters is data, and so is one of a number that is not finite") {
  for (const char* first : {",,", "1;2,3,4", "-,-,-", "nan,inf,nan", "1e999,x,y", "1e999,1e999,1e999", "0,1 2,\"3\""}) {
    INFO(first);
    CHECK(contains(refused(std::string(first) + "\n1,2,3\n"), "line 1, field "));
  }
}

TEST_CASE("a number nearer to 0 than any double is 0, and one beyond all doubles is refused") {
  const std::string zeros(400, '0');
  for (const std::string& tiny :
       {std::string("1e-400"), std::string("-1e-99999999999999999999"), "0." + zeros + "1", "0." + zeros + "1e50",
        "1" + zeros + "e-9000", std::string("0e-400"), std::string("0e999"), std::string(".5E-400")}) {
    INFO(tiny);
    CHECK(parsed(tiny + ",5\n") == (Matrix<double>(1, 2) << 0, 5).finished());
  }
  for (const std::string& huge : {std::string("1e400"), "1" + zeros, "1" + zeros + "e-50", "0." + zeros + "1e900",
                                  std::string("-1e+99999999999999999999")}) {
    INFO(huge);
    CHECK(contains(refused("5\n" + huge + "\n"), "line 2, field 1 is not a finite number"));
  }
  CHECK(parsed("1" + zeros + "e-400\n")(0, 0) == 1);
  CHECK(parsed("4e-320\n")(0, 0) == 4e-320);
}

TEST_CASE("a text of more numbers, or bytes, than are read is refused before it fills the memory") {
  CHECK(parse_csv_numbers(bytes_of("1,2\n3,4\n"), "table.csv", CsvLabel::none, 4).size() == 4);
  CHECK(contains(refusal<DataError>([] { parse_csv_numbers(bytes_of("1,2\n3,4\n"), "table.csv", CsvLabel::none, 3); }),
                 "table.csv: holds more than 3 numbers"));
  const TemporaryFolder folder;
  write_bytes(folder / "long.csv", bytes_of("1\n"));
  std::filesystem::resize_file(folder / "long.csv", unpacked_limit + 1);  // a hole, which takes no room on the disk
  CHECK(contains(refusal<DataError>([&] { read_csv_numbers(folder / "long.csv", CsvLabel::none); }),
                 std::to_string(unpacked_limit)));
}

TEST_CASE("what is no table is refused with file, line and field") {
  CHECK(contains(refused(""), "table.csv: holds no line of numbers"));
  CHECK(contains(refused("a,b\n"), "holds no line of numbers"));
  CHECK(contains(refused("1,2\n3,4,5\n"), "line 2 has 3 fields and line 1 has 2"));
  CHECK(contains(refused("a,b,c\n3,4\n"), "line 2 has 2 fields and line 1 has 3"));
  CHECK(contains(refused("1,2\n\n3,4\n"), "line 2 has 1 fields"));
  CHECK(contains(refused("1,b\n3,4\n"), "line 1, field 2 is not a finite number: 'b'"));
  for (const char* field : {"", "nan", "inf", "-inf", "1e999", "0x10", "1 2", "++1", "+-1", "1;2", "\"1\"", "1e"}) {
    INFO("field '", field, "'");
    CHECK(contains(refused(std::string("1,2\n3,") + field + ",\n"), "line 2 has 3 fields"));
    CHECK(
        contains(refused(std::string("1,2\n") + field + ",4\n"), "table.csv: line 2, field 1 is not a finite number"));
  }
  CHECK(contains(refused("1\n\x01\x02\n"),
                 "'?"
                 "?'"));
}

TEST_CASE("damaged lines give finite numbers or a DataError") {
  const Bytes bytes = bytes_of("a,b\n12.5,-3e4\n1,2\n9,8.25\n");
  std::mt19937 random(5);
  for (int i = 0; i < 4000; ++i) {
    const Bytes bad = damaged(bytes, random);
    for (const CsvLabel label : {CsvLabel::none, CsvLabel::last})
      refusal<DataError>([&] {
        const Matrix<double> table = parse_csv_numbers(bad, "fuzz", label);
        CHECK(table.rows() > 0);
        CHECK(table.cols() > 0);
        CHECK(table.allFinite());
      });
  }
}

}  // namespace csv_numbers_test
