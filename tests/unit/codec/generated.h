#pragma once

// What the generated classes make of bytes that the codec wrote: the measure of them.

#include <gtest/gtest.h>

#include <string>

namespace caseclock::codec {

// `bytes` parsed as `Message` and written again, without what it does not know.
template <typename Message>
std::string ThroughGenerated(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  message.DiscardUnknownFields();
  return message.SerializeAsString();
}

}  // namespace caseclock::codec
