// The embedded log: the contract, in several settings.

#include "tests/contract/embedded_fixture.h"
#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

Implementation Embedded() {
  return {"Embedded", [] { return std::make_unique<EmbeddedUnderTest>(); }};
}

// Tiny blocks and nothing kept in memory: every edge of a block is met, and every read is from
// disk.
Implementation TinyBlocks() {
  return {"TinyBlocks", [] {
            auto log = std::make_unique<EmbeddedUnderTest>();
            log->options.block_records = 3;
            log->options.block_bytes = 64;
            log->options.recent_bytes = 0;
            log->Reopen();
            return log;
          }};
}

Implementation OnDisk() {
  return {"OnDisk", [] {
            auto log = std::make_unique<EmbeddedUnderTest>();
            log->options.durability = Durability::kDisk;
            log->Reopen();
            return log;
          }};
}

INSTANTIATE_TEST_SUITE_P(Log, LogContract, testing::Values(Embedded(), TinyBlocks(), OnDisk()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace caseclock::log::contract
