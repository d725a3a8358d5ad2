#pragma once

// The settings of librdkafka for each role: which of them users may change, and why ours are what
// they are.

#include "engine/log/kafka/client.h"

namespace caseclock::log::kafka {

// kConfig for a missing broker, a time-out out of range, and a property that is not the user's.
base::Status CheckOptions(const KafkaOptions& options);
// All settings of a role, the user's among them; callbacks are not in it.
base::Result<Conf> MakeConf(const KafkaOptions& options, Role role, const Properties& fixed);

}  // namespace caseclock::log::kafka
