#include "engine/codec/validate.h"

#include <gtest/gtest.h>

#include <string>

namespace caseclock::codec {
namespace {

TEST(IsCode, TakesCodesAndNothingElse) {
  for (const char* text : {"a", "wmp/marac", "A-Z_0.9:x+y", "22"})
    EXPECT_TRUE(IsCode(text)) << text;
  for (const char* text : {"", "two words", "comma,", "näh", "tab\t", "semi;", "a\nb"})
    EXPECT_FALSE(IsCode(text)) << text;
  EXPECT_TRUE(IsCode(std::string(64, 'x')));
  EXPECT_FALSE(IsCode(std::string(65, 'x')));
  EXPECT_FALSE(IsCode(std::string_view("a\0b", 3)));
}

TEST(IsUtf8, FollowsTheTableOfWellFormedSequences) {
  for (const char* text :
       {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "eight by\xc3\xa6tes and more"})
    EXPECT_TRUE(IsUtf8(text)) << text;
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x20", "\xe0\x9f\xbf",
                           "\xe1\x80", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "long enough \xc3"})
    EXPECT_FALSE(IsUtf8(text)) << text;
}

TEST(IsPlainAscii, AgreesWithTheDefinitionAtEveryPlace) {
  for (size_t size = 1; size < 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(c);
        ASSERT_EQ(IsPlainAscii(text), c > 0x20 && c < 0x7f) << size << ' ' << at << ' ' << c;
        ASSERT_EQ(HasControl(text), c < 0x20 || c == 0x7f);
      }
    }
  }
  EXPECT_TRUE(IsPlainAscii("!!!~~~all-of-it"));
}

TEST(HasGap, FindsSpacesOfEveryKindAndNothingElse) {
  for (const char* text : {" ", "a b", "tail ", "\xc2\xa0", "x\xe1\x9a\x80", "\xe2\x80\x80",
                           "\xe2\x80\x93\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xaf",
                           "\xe2\x81\x9f", "\xe3\x80\x80", "a\tb", "\x7f"})
    EXPECT_TRUE(HasGap(text)) << text;
  for (const char* text :
       {"", "one", "n\xc2\xba", "a\xe2\x80\x93z", "\xe2\x80\x94", "\xe3\x81\x82"})
    EXPECT_FALSE(HasGap(text)) << text;
}

}  // namespace
}  // namespace caseclock::codec
