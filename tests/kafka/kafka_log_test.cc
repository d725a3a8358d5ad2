// The log on Kafka: the contract, on a real broker.

#include <stdexcept>

#include "tests/contract/log_contract.h"
#include "tests/kafka/broker.h"
#include "tests/kafka/prefixed_log.h"

namespace caseclock::log::contract {
namespace {

class KafkaUnderTest : public LogUnderTest {
 public:
  KafkaUnderTest() { Connect(); }
  Log& log() override { return *prefixed_; }
  void Reopen() override {
    prefixed_.reset();
    log_.reset();
    Connect();
  }

 private:
  void Connect() {
    auto opened = OpenKafkaLog(TestBroker());
    // An ASSERT would only end this function, and the test go on without a log.
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    log_ = std::move(opened).value();
    prefixed_ = Prefixed(log_.get(), prefix_);
  }

  const std::string prefix_ = FreshPrefix();
  std::unique_ptr<Log> log_;
  std::unique_ptr<Log> prefixed_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract,
                         testing::Values(Implementation{
                             "Kafka", [] { return std::make_unique<KafkaUnderTest>(); }}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace caseclock::log::contract
