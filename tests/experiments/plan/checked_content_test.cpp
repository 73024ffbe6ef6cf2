#include "experiments/plan/checked_content.hpp"

#include <doctest/doctest.h>

using namespace pathquant;

namespace checked_content_test {

std::string refused(const std::string& status, const std::string& content) {
  try {
    checked_content({"abc", 4, status, content, 0});
  } catch (const StoreError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("content of the shape that is written is passed on") {
  const char* text = R"({"layers":[{"layer":null,"record":{"x":1.5}},{"layer":1,"record":{},"statistics":{}}]})";
  CHECK(checked_content({"abc", 4, "ok", text, 0}) == nlohmann::json::parse(text));
  for (const char* status : {"failed", "timeout", "skipped"})
    CHECK(checked_content({"abc", 4, status, R"({"error":"why"})", 0}).at("error") == "why");
}

TEST_CASE("content of any other shape is refused with its cell and trial") {
  for (const char* content :
       {"", "{", "null", "3", "[]", "{}", R"({"layers":{}})", R"({"layers":[]})", R"({"layers":[1]})",
        R"({"layers":[{"layer":null}]})", R"({"layers":[{"record":{}}]})", R"({"layers":[{"layer":[],"record":{}}]})",
        R"({"layers":[{"layer":0,"record":[]}]})", R"({"layers":[{"layer":0,"record":{},"statistics":7}]})",
        R"({"layers":[{"layer":0,"record":{},"columns":[]}]})", R"({"error":"why"})"}) {
    INFO(content);
    CHECK(refused("ok", content).find("cell abc, trial 4 is damaged") != std::string::npos);
  }
  for (const char* content : {"", "{}", "[]", R"({"error":7})", R"({"layers":[]})"}) {
    INFO(content);
    CHECK(refused("failed", content).find("cell abc, trial 4 is damaged") != std::string::npos);
  }
  CHECK(!refused("ok", std::string(100000, '[')).empty());
}

}  // namespace checked_content_test
