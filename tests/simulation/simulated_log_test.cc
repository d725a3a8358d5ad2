// The simulated log: the contract of every log.

#include "tests/simulation/simulated_log.h"
#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

class SimulatedUnderTest : public LogUnderTest {
 public:
  SimulatedUnderTest() : broker_(Options()) { Reopen(); }
  Log& log() override { return *log_; }
  void Reopen() override { log_ = std::make_unique<simulation::SimulatedLog>(&broker_); }

 private:
  static simulation::BrokerOptions Options() {
    simulation::BrokerOptions options;
    options.threads = true;
    return options;
  }
  simulation::Broker broker_;
  std::unique_ptr<simulation::SimulatedLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Simulated, LogContract,
                         testing::Values(Implementation{
                             "Simulated", [] { return std::make_unique<SimulatedUnderTest>(); }}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace caseclock::log::contract
