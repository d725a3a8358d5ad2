#pragma once

// Inside the codec: what messages that go through the generated classes have in common.
// Included by .cc files alone.

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/codec/wire_value.h"

namespace caseclock::codec {

// Appends; maps in order of their keys, so that the same message gives the same bytes.
inline void AppendMessage(const google::protobuf::MessageLite& message, std::string* out) {
  google::protobuf::io::StringOutputStream stream(out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
}

inline base::Status ParseMessage(std::string_view bytes, const char* what,
                                 google::protobuf::MessageLite* message) {
  const google::protobuf::LogSilencer silence;  // what is wrong is in the answer, not on stderr
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  return base::Error{base::ErrorKind::kCorrupt, std::string("Expected the bytes of ") + what +
                                                    ", but they break off or do not fit"};
}

inline void SetInstant(base::Instant t, google::protobuf::Timestamp* out) {
  if (t == base::kNever || t == base::kLongAgo) {
    out->set_seconds(t == base::kNever ? wire::kLastSecond : wire::kFirstSecond);
    return;
  }
  out->set_seconds(t.Seconds());
  out->set_nanos(static_cast<int32_t>((t.us - t.Seconds() * 1'000'000) * 1'000));
}

// An instant out of range is damage too; it becomes kNever, which no reader takes for a date.
inline base::Instant GetInstant(const google::protobuf::Timestamp& t) {
  base::Instant instant = base::kNever;
  return wire::ToInstant(t.seconds(), t.nanos(), &instant) ? instant : base::kNever;
}

}  // namespace caseclock::codec
