#include "consumers/http/readiness.h"

#include "consumers/http/json_text.h"

namespace caseclock::http {
namespace {

// Who is further behind than this is still catching up, or stuck.
constexpr base::Duration kReadyLag = base::Seconds(30);

}  // namespace

Readiness ReadinessOf(const base::Status& health, const runtime::EngineStats& stats) {
  Readiness readiness;
  // Under load a few records always wait, and that is no reason to send nobody here.
  readiness.ready = health.ok() && (stats.caught_up || (stats.lag && *stats.lag <= kReadyLag));
  JsonWriter json(&readiness.json);
  json.Open('{').Key("ready").Bool(readiness.ready).Key("caught_up").Bool(stats.caught_up);
  json.Key("lag_seconds");
  if (stats.lag) {
    json.Number(stats.lag->us / 1'000'000);
  } else {
    json.Null();
  }
  json.Key("ahead_seconds").Number(stats.ahead.us / 1'000'000);
  json.Key("records").Number(static_cast<int64_t>(stats.records));
  json.Key("waiting").Number(static_cast<int64_t>(stats.waiting_records));
  json.Key("partitions").Number(stats.partitions).Key("standby").Bool(stats.standby);
  if (!health.ok()) json.Key("error").Text(health.error().message);
  json.Close('}');
  return readiness;
}

}  // namespace caseclock::http
