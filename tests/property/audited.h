#pragma once

// What an engine has told, against the auditor's account of it.

#include <gtest/gtest.h>

#include <string>

#include "tests/common/auditor.h"
#include "tests/property/random_history.h"

namespace caseclock::runtime::testing {

// The auditor once it has run, after a failure for each difference.
inline tests::Auditor Audited(const Hall& hall, size_t groups = 1) {
  const runtime::TopicNames& topics = hall.options.topics;
  tests::Auditor auditor(hall.log.get(), {topics.events, topics.cases, topics.partials,
                                          topics.alerts, topics.rejects, topics.policies, groups});
  const base::Status ran = auditor.Run();
  EXPECT_TRUE(ran.ok()) << ran.error().message;
  for (const std::string& line : auditor.differences()) ADD_FAILURE() << line;
  return auditor;
}

}  // namespace caseclock::runtime::testing
