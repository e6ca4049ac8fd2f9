#include "common/json/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "common/json/text_buffer.h"

namespace mesos::json {
namespace {

std::string Double(double value) {
  char text[kMaxNumberChars];
  return std::string(text, WriteDouble(value, text));
}

std::string Quoted(absl::string_view value) {
  TextBuffer text;
  text.AppendString(value);
  return std::string(text.text());
}

TEST(WriteDoubleTest, PrintsAsMesosDoes) {
  EXPECT_EQ(Double(4), "4.0");
  EXPECT_EQ(Double(0.1), "0.1");
  EXPECT_EQ(Double(0), "0.0");
  EXPECT_EQ(Double(-0.0), "-0.0");
  EXPECT_EQ(Double(-32.5), "-32.5");
  EXPECT_EQ(Double(0.000001), "0.000001");
  EXPECT_EQ(Double(1e-7), "1e-7");
  EXPECT_EQ(Double(1234567.891), "1234567.891");
  EXPECT_EQ(Double(4294967295.999999), "4294967295.999999");
  EXPECT_EQ(Double(1795333432.700986), "1795333432.700986");
  EXPECT_EQ(Double(1795333432.9949682), "1795333432.9949682");
  EXPECT_EQ(Double(1e20), "100000000000000000000.0");
  EXPECT_EQ(Double(1e21), "1e21");
  EXPECT_EQ(Double(1.7976931348623157e308), "1.7976931348623157e308");
  EXPECT_EQ(Double(5e-324), "5e-324");
}

TEST(WriteDoubleTest, NamesWhatJsonHasNoNumberFor) {
  EXPECT_EQ(Double(std::numeric_limits<double>::infinity()), "\"Infinity\"");
  EXPECT_EQ(Double(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
  EXPECT_EQ(Double(std::nan("")), "\"NaN\"");
}

TEST(WriteDoubleTest, ComesBackExactlyAndFits) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    double value;
    const uint64_t bits = random();
    switch (i % 4) {
      case 0:  // any double
        std::memcpy(&value, &bits, sizeof(value));
        break;
      case 1:  // a few decimals
        value = static_cast<double>(bits % 100'000'000'000) / 1e3;
        break;
      case 2:  // six decimals, about the bound of the quick way
        value = 4294967296.0 +
                static_cast<double>(static_cast<int64_t>(bits % 2'000'000) - 1'000'000) / 1e6;
        break;
      default:
        value = static_cast<double>(bits % 4'000'000'000'000'000) / 1e6;
        break;
    }
    if (!std::isfinite(value)) continue;
    const std::string text = Double(value);
    ASSERT_LE(text.size(), kMaxNumberChars);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
  }
}

TEST(EscapeTest, EscapesAsMesosDoes) {
  EXPECT_EQ(Quoted(""), R"("")");
  EXPECT_EQ(Quoted("a/b 'c' \x7F"), "\"a/b 'c' \x7F\"");
  EXPECT_EQ(Quoted("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(Quoted(absl::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001F")");
  EXPECT_EQ(Quoted("h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x98\x80 and on"),
            "\"h\xC3\xA9llo \xE2\x82\xAC \xF0\x9F\x98\x80 and on\"");
}

TEST(EscapeTest, FindsWhatNeedsAnEscapeAtEveryPlace) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '"';
      EXPECT_EQ(CleanPrefix(text), at);
      text[at] = '\x1F';
      EXPECT_EQ(CleanPrefix(text), at);
      text[at] = '\xFF';
      EXPECT_EQ(CleanPrefix(text), at);
      text[at] = ' ';
      EXPECT_EQ(CleanPrefix(text), size);
    }
  }
}

TEST(EscapeTest, ReplacesWhatIsNotUtf8) {
  const std::string mark = "\xEF\xBF\xBD";
  for (const char* one : {"\x80", "\xC0", "\xC1", "\xC3", "\xE2", "\xF5", "\xFF"}) {
    EXPECT_EQ(Quoted(std::string("a") + one + "b"), "\"a" + mark + "b\"");
  }
  EXPECT_EQ(Quoted("\xC0\xAF"), "\"" + mark + mark + "\"");             // overlong
  EXPECT_EQ(Quoted("\xED\xA0\x80"), "\"" + mark + mark + mark + "\"");  // a surrogate
  EXPECT_EQ(Quoted("\xF4\x90\x80\x80"),
            "\"" + mark + mark + mark + mark + "\"");        // beyond U+10FFFF
  EXPECT_EQ(Quoted("\xE2\x82"), "\"" + mark + mark + "\"");  // cut off
}

TEST(EscapeTest, IsUtf8WhateverItWasGiven) {
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 30, ' ');
    for (char& c : text)
      c = static_cast<char>(random() % 2 == 0 ? 0x80 + random() % 128 : random());
    EXPECT_TRUE(IsUtf8(Quoted(text)));
    EXPECT_EQ(IsUtf8(text), Utf8Prefix(text) == text.size());
  }
}

TEST(Base64Test, EncodesAndDecodesAnyBytes) {
  std::mt19937 random(9);
  for (size_t size = 0; size < 200; ++size) {
    std::string bytes(size, ' ');
    for (char& c : bytes) c = static_cast<char>(random());
    std::string text(Base64Size(size), ' ');
    EXPECT_EQ(WriteBase64(bytes, text.data()), text.data() + text.size());
    std::string back;
    EXPECT_EQ(DecodeBase64(text, &back), "");
    EXPECT_EQ(back, bytes);
  }
}

TEST(Base64Test, KnowsTheStandardForm) {
  std::string bytes;
  for (const auto& [text, decoded] :
       std::vector<std::pair<const char*, const char*>>{{"", ""},
                                                        {"Zg==", "f"},
                                                        {"Zg", "f"},
                                                        {"Zm8=", "fo"},
                                                        {"Zm9v", "foo"},
                                                        {"Zm9v\nYmFy ", "foobar"},
                                                        {"+/8=", "\xFB\xFF"}}) {
    EXPECT_EQ(DecodeBase64(text, &bytes), "") << text;
    EXPECT_EQ(bytes, decoded) << text;
  }
}

TEST(Base64Test, RefusesWhatIsNone) {
  std::string bytes;
  EXPECT_EQ(DecodeBase64("Zm-v", &bytes), "Invalid character '-'");
  EXPECT_EQ(DecodeBase64("Zg=v", &bytes), "Invalid character 'v'");
  EXPECT_EQ(DecodeBase64("\xC3\xA9", &bytes), "Invalid character '?'");
  EXPECT_EQ(DecodeBase64("Zm9vY", &bytes), "A character is missing at the end");
}

TEST(SyntaxErrorTest, ShowsTheRestOfTheLine) {
  EXPECT_EQ(SyntaxError("{nonsense", 1), "syntax error at line 1 near: nonsense");
  EXPECT_EQ(SyntaxError("{", 1), "syntax error at line 1 near: ");
  EXPECT_EQ(SyntaxError("{\n  a\tb\x01\nc}", 4), "syntax error at line 2 near: ab");
  EXPECT_LT(SyntaxError(std::string(10'000, 'x'), 0).size(), 300);
}

}  // namespace
}  // namespace mesos::json
