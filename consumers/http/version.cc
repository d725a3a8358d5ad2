#include "consumers/http/version.h"

#include "consumers/http/commit_text.h"

namespace caseclock {

const char* const kCommit = kCommitText;

}  // namespace caseclock
