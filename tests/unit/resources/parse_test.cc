// The text and JSON forms of resources.

#include "common/resources/parse.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/unit/resources/builders.h"

namespace mesos {
namespace {

std::string Parsed(absl::string_view text, absl::string_view role = "*") {
  const auto set = ParseResources(text, role);
  return set.ok() ? set->ToString() : absl::StrCat("error: ", set.status().message());
}

TEST(ParseTest, ReadsMesosText) {
  EXPECT_EQ(
      Parsed("cpus:24;mem:24576;disk:409600;ports:[21000-24000,30000-34000];bugs(debug):{a,b,c}"),
      "cpus:24; mem:24576; disk:409600; ports:[21000-24000, 30000-34000]; "
      "bugs(reservations: [(STATIC,debug)]):{a, b, c}");
  EXPECT_EQ(Parsed(""), "{}");
  EXPECT_EQ(Parsed(" ; ;"), "{}");
  EXPECT_EQ(Parsed(" cpus : 1.5 ;\n mem (eng/web) : 64 ; "),
            "cpus:1.5; mem(reservations: [(STATIC,eng/web)]):64");
}

TEST(ParseTest, JoinsWhatIsSaidTwice) {
  EXPECT_EQ(Parsed("cpus:1;cpus:2;ports:[1-5,3-9,10-12];ports:[14-15]"),
            "cpus:3; ports:[1-12, 14-15]");
}

TEST(ParseTest, GivesTheDefaultRoleToWhatNamesNone) {
  EXPECT_EQ(Parsed("cpus:1;mem(*):2;disk(db):3", "web"),
            "cpus(reservations: [(STATIC,web)]):1; mem:2; disk(reservations: [(STATIC,db)]):3");
  EXPECT_EQ(Parsed(R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1}},
                      {"name":"mem","type":"SCALAR","scalar":{"value":2},"role":"*"}])",
                   "web"),
            "cpus(reservations: [(STATIC,web)]):1; mem:2");
}

TEST(ParseTest, ZeroIsNamedButNotThere) {
  EXPECT_EQ(Parsed("cpus:0;ports:[];disks:{};mem:1"), "mem:1");
  EXPECT_EQ(ParseResourceList("cpus:0;ports:[];disks:{};mem:1")->size(), 4u);
}

TEST(ParseTest, NamesThePieceThatIsWrong) {
  EXPECT_EQ(Parsed("cpus:1;mem"), "error: Bad value for resources, missing or extra ':' in mem");
  EXPECT_EQ(Parsed("cpus:1:2"), "error: Bad value for resources, missing or extra ':' in cpus:1:2");
  EXPECT_EQ(Parsed("cpus(a:1"),
            "error: Bad value for resources, mismatched parentheses in cpus(a:1");
  EXPECT_EQ(Parsed("cpus)a(:1"),
            "error: Bad value for resources, mismatched parentheses in cpus)a(:1");
  EXPECT_EQ(Parsed("cpus(a)b:1"),
            "error: Bad value for resources, mismatched parentheses in cpus(a)b:1");
  EXPECT_EQ(Parsed("cpus:many"), "error: Bad type for resource cpus value many type TEXT");
  EXPECT_EQ(Parsed("cpus:nan"), "error: Bad type for resource cpus value nan type TEXT");
  EXPECT_EQ(Parsed("cpus:1e400"), "error: Bad type for resource cpus value 1e400 type TEXT");
  EXPECT_EQ(Parsed("ports:[1-2"),
            "error: Failed to parse resource ports value [1-2 error Mismatched brackets");
  EXPECT_EQ(Parsed("ports:[5-1]"),
            "error: Failed to parse resource ports value [5-1] error Invalid ranges resource: "
            "begin > end in '5-1'");
  EXPECT_EQ(Parsed("ports:[1]"),
            "error: Failed to parse resource ports value [1] error Expecting one or more "
            "\"ranges\": '1' is not 'begin-end'");
  EXPECT_EQ(Parsed("ports:[1--2]"),
            "error: Failed to parse resource ports value [1--2] error Expecting non-negative "
            "integers in '1--2'");
  EXPECT_EQ(Parsed("ports:[0-18446744073709551616]"),
            "error: Failed to parse resource ports value [0-18446744073709551616] error "
            "Expecting non-negative integers in '0-18446744073709551616'");
  EXPECT_EQ(Parsed("disks:{a,{b}}"),
            "error: Failed to parse resource disks value {a,{b}} error Mismatched brackets");
  EXPECT_EQ(Parsed("disks:{a,b,a}"),
            "error: Resource 'disks:{a, b, a}' is invalid: Invalid set resource: duplicated "
            "elements");
  EXPECT_EQ(Parsed("cpus:-1"),
            "error: Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0");
  EXPECT_EQ(Parsed("cpus():1"),
            "error: Resource 'cpus:1' is invalid: Role names cannot be the empty string");
  EXPECT_EQ(Parsed("cpus(a/../b):1"),
            "error: Resource 'cpus:1' is invalid: Role 'a/../b' cannot include '..' as a "
            "component");
  EXPECT_EQ(Parsed(":1"), "error: Bad value for resources, missing or extra ':' in :1");
  EXPECT_EQ(Parsed("(a):1"), "error: Resource ':1' is invalid: Empty resource name");
  EXPECT_EQ(Parsed("cpus:1;cpus:[1-2]"),
            "error: Resources with the same name ('cpus') but different types are not allowed");
}

TEST(ParseTest, TakesTheWholeRangeOfIntegers) {
  EXPECT_EQ(Parsed("ids:[0-18446744073709551615]"), "ids:[0-18446744073709551615]");
  EXPECT_EQ(ParseResources("ids:[0-18446744073709551615]")->ToQuantities().Get("ids"),
            std::numeric_limits<int64_t>::max());
}

TEST(ParseTest, ReadsJson) {
  EXPECT_EQ(Parsed(R"([
    {"name": "cpus", "type": "SCALAR", "scalar": {"value": 24}},
    {"name": "ports", "type": "RANGES", "ranges": {"range": [{"begin": 21000, "end": 24000}]}},
    {"name": "bugs", "type": "SET", "set": {"item": ["b", "a"]}, "role": "debug"},
    {"name": "disk", "type": "SCALAR", "scalar": {"value": 5},
     "disk": {"source": {"type": "MOUNT", "mount": {"root": "/mnt/a"}}}},
    {"name": "mem", "type": "SCALAR", "scalar": {"value": 5},
     "reservations": [{"type": "STATIC", "role": "eng"}]}
  ])"),
            "cpus:24; mem(reservations: [(STATIC,eng)]):5; disk[MOUNT:/mnt/a]:5; "
            "ports:[21000-24000]; bugs(reservations: [(STATIC,debug)]):{a, b}");
  EXPECT_EQ(Parsed("[]"), "{}");
}

TEST(ParseTest, PassesOverFieldsThatItDoesNotKnow) {
  EXPECT_EQ(Parsed(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 24, "unit": "x"},
                        "of_another_version": {"a": [1, {"b": null}]}}])"),
            "cpus:24");
}

TEST(ParseTest, RefusesJsonThatIsNoListOfResources) {
  const std::string start = "error: Some JSON resources were not formatted properly: ";
  for (absl::string_view text :
       {"[", "[1]", "[{}]", "[{\"name\":\"cpus\"}]", "[]}", "[], \"agent_id\": {\"value\": \"x\"}",
        "[{\"name\":\"cpus\",\"type\":\"TEXTUAL\"}]", "[{\"nam\":\"cpus\"}]"}) {
    EXPECT_EQ(Parsed(text).substr(0, start.size()), start) << text << " gave " << Parsed(text);
  }
  EXPECT_EQ(Parsed("[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":1}},"
                   "{\"name\":\"mem\"}]"),
            start + "(resources[1]): missing field type");
}

TEST(ParseTest, RefusesWhatAFlagMayNotSay) {
  EXPECT_EQ(Parsed(R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1},"revocable":{}}])"),
            "error: Revocable resources cannot be specified at the command line; do not include "
            "a 'revocable' key in the resources JSON");
  EXPECT_EQ(Parsed(R"([{"name":"cpus","type":"SCALAR","scalar":{"value":1},
                       "reservations":[{"type":"DYNAMIC","role":"a"}]}])"),
            "error: Dynamic reservations cannot be specified at the command line; do not include "
            "a reservation with DYNAMIC type in the resources JSON");
  EXPECT_EQ(Parsed(R"([{"name":"disk","type":"SCALAR","scalar":{"value":1},"role":"a",
                       "disk":{"persistence":{"id":"v"}}}])"),
            "error: Persistent volumes cannot be specified at the command line");
}

}  // namespace
}  // namespace mesos
