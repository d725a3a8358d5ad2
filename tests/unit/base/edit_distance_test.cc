#include "engine/base/edit_distance.h"

#include <gtest/gtest.h>

namespace caseclock::base {
namespace {

TEST(EditDistance, CountsWhatIsChangedAddedAndDropped) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("queue", "queue"), 0U);
  EXPECT_EQ(EditDistance("", "queue"), 5U);
  EXPECT_EQ(EditDistance("queue", ""), 5U);
  EXPECT_EQ(EditDistance("queue", "quene"), 1U);
  EXPECT_EQ(EditDistance("refered", "referred"), 1U);
  EXPECT_EQ(EditDistance("referred", "refered"), 1U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("on", "no"), 2U);  // an exchange is two changes
}

}  // namespace
}  // namespace caseclock::base
