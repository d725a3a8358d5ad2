#pragma once

// Topics and their partitions: read at opening, created and updated later, found by name. Any
// thread; takes Core::mutex (and commit_mutex where it writes).

#include <string>

#include "engine/base/result.h"
#include "engine/log/embedded/core.h"

namespace caseclock::log::embedded {

// Checks the format of the directory, and reads its topics and where their partitions begin and
// end. Called once, before the core is shared.
base::Status LoadTopics(Core* core);

base::Status EnsureTopic(Core* core, const std::string& name, const TopicConfig& config);

// kNotFound if there is none.
base::Result<Topic*> FindTopic(Core* core, const std::string& name);
// kInvalid if the topic has no such partition.
base::Result<Partition*> FindPartition(const Topic& topic, int32_t partition);
base::Result<Partition*> FindPartition(Core* core, const TopicPartition& name);

// kInvalid for a record without a key in a compacted topic: nothing could ever replace it.
base::Status CheckKey(const Topic& topic, const NewRecord& record);

base::Result<std::optional<GroupOffset>> CommittedOffset(Core* core, const std::string& group,
                                                         PartitionId id);

}  // namespace caseclock::log::embedded
