#pragma once

// Where commands that ask get their answers, always in the form of the HTTP interface: from the
// process that holds the directory, from --from URL, or, when no process holds it, from the
// directory itself, opened for reading by this process; on Kafka from the topics.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "consumers/cli/brokers.h"
#include "engine/base/result.h"

namespace caseclock::cli {

struct SourceSettings {
  std::string data;
  std::string from;
  BrokerSettings brokers;
};
// Adds --data, --from, --brokers and what belongs to them; one of the three is needed.
// `data`: the help of --data, where the command does not only read.
void AddSource(Command command, SourceSettings* settings, const char* data = nullptr);
// The same options, where the command has other ways to say it: it adds what they are rivals of.
void AddSourceOptions(Command command, SourceSettings* settings, const char* data = nullptr);

// A list that may be cut, and how many there are without the limit; absent: whoever answers does
// not say.
struct Listed {
  std::string json;
  std::optional<uint64_t> total;
};

class Source {
 public:
  virtual ~Source() = default;
  // REQUIRES: one of data, from and brokers. Errors: kConfig, kNotFound, kFenced, kIo,
  // kUnavailable.
  static base::Result<std::unique_ptr<Source>> Open(const SourceSettings& settings);

  // The body of the answer to GET `target`. Errors: of any kind, as whoever answers tells it.
  base::Result<std::string> Get(const std::string& target);
  virtual base::Result<Listed> GetList(const std::string& target) = 0;
  virtual base::Result<std::string> Post(const std::string& target, const std::string& type,
                                         const std::string& body) = 0;
};

// That no queue with figures matches a filter, and which queues there are.
struct UnknownQueue {
  std::string problem;  // empty: one matches, or it is not known
  bool others = false;  // there are figures of others
};
UnknownQueue FindUnknownQueue(Source* source, const std::string& queue);
bool IsEmptyList(const std::string& json);
// Says it on standard error when `answer` is an empty list, which alone hides a mistyped name.
void TellUnknownQueue(Source* source, const std::string& queue, const std::string& answer);

// Says on standard error that there is more than the `limit` that was asked for, and how to get it.
void TellRest(const Listed& listed, int64_t limit, const char* noun);

// "/v1/alerts?standing=1&queue=wmp%2Fmarac": empty values are left out.
std::string TargetOf(const std::string& path,
                     std::initializer_list<std::pair<const char*, std::string>> parameters);

}  // namespace caseclock::cli
