#include "common/resources/attributes.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace mesos {
namespace {

std::string ErrorOf(absl::string_view text) {
  const auto attributes = ParseAttributes(text);
  return attributes.ok() ? "ok" : std::string(attributes.status().message());
}

TEST(AttributesTest, ReadsMesosText) {
  const auto attributes =
      ParseAttributes("rack:abc;zone: west;os:centos:5\nlevel:10.5;keys:[1000-1500];n:nan;");
  ASSERT_TRUE(attributes.ok()) << attributes.status();
  EXPECT_EQ(ToString(*attributes),
            "rack:abc;zone:west;os:centos:5;level:10.5;keys:[1000-1500];n:nan");
  EXPECT_EQ(attributes->at(0).type(), v1::Value::TEXT);
  EXPECT_EQ(attributes->at(3).type(), v1::Value::SCALAR);
  EXPECT_EQ(attributes->at(3).scalar().value(), 10.5);
  EXPECT_EQ(attributes->at(4).ranges().range(0).end(), 1500u);
  EXPECT_EQ(attributes->at(5).type(), v1::Value::TEXT);
  EXPECT_TRUE(ValidateAttributes(*attributes).ok());
  EXPECT_TRUE(ParseAttributes("")->empty());
}

TEST(AttributesTest, TakesANegativeNumberForAText) {
  const auto attributes = ParseAttributes("neg:-1;small:1e-3;zero:-0;spaced: - 1.5");
  ASSERT_TRUE(attributes.ok()) << attributes.status();
  EXPECT_EQ(attributes->at(0).type(), v1::Value::TEXT);
  EXPECT_EQ(attributes->at(0).text().value(), "-1");
  EXPECT_FALSE(attributes->at(0).has_scalar());
  EXPECT_EQ(attributes->at(1).type(), v1::Value::SCALAR);
  EXPECT_EQ(attributes->at(1).scalar().value(), 0.001);
  EXPECT_EQ(attributes->at(2).text().value(), "-0");
  EXPECT_EQ(attributes->at(3).text().value(), "-1.5");
}

TEST(AttributesTest, NamesThePieceThatIsWrong) {
  EXPECT_EQ(ErrorOf("rack:abc;zone"), "Invalid attribute key:value pair 'zone'");
  EXPECT_EQ(ErrorOf("rack:"), "Invalid attribute key:value pair 'rack:'");
  EXPECT_EQ(ErrorOf(":abc"), "Invalid attribute key:value pair ':abc'");
  EXPECT_EQ(ErrorOf("keys:[1-"),
            "Failed to parse attribute keys text [1- error Mismatched brackets");
  EXPECT_EQ(ErrorOf("keys:a]"),
            "Failed to parse attribute keys text a] error Unexpected ']' found in 'a]'");
  EXPECT_EQ(ErrorOf("keys:{a,b}"),
            "Bad type for attribute keys text {a,b} type SET: attributes are scalars, ranges or "
            "text");
}

TEST(AttributesTest, ValidatesWhatComesFromTheWire) {
  Attributes attributes;
  v1::Attribute* attribute = attributes.Add();
  attribute->set_name("level");
  attribute->set_type(v1::Value::SCALAR);
  EXPECT_EQ(ValidateAttributes(attributes).message(),
            "Attribute 'level' is invalid: the scalar is missing");
  attribute->mutable_scalar()->set_value(std::numeric_limits<double>::infinity());
  EXPECT_EQ(ValidateAttributes(attributes).message(),
            "Attribute 'level' is invalid: the scalar is not finite");
  attribute->mutable_scalar()->set_value(1);
  EXPECT_TRUE(ValidateAttributes(attributes).ok());
  attribute->set_name("");
  EXPECT_EQ(ValidateAttributes(attributes).message(), "An attribute has an empty name");
}

}  // namespace
}  // namespace mesos
