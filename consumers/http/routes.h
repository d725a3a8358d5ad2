#pragma once

// The routes of the HTTP face: a request in, an answer out. No socket, no thread; may be called
// from several threads at once. The description for clients is page/openapi.json.

#include <functional>
#include <string>
#include <string_view>

#include "consumers/http/acknowledge.h"
#include "consumers/http/backend.h"
#include "consumers/http/message.h"

namespace caseclock::http {

class Routes {
 public:
  // The backend must outlive the routes. `extra_metrics`: text that /metrics ends with, such as the
  // server's own; may be null.
  explicit Routes(Backend* backend, std::function<std::string()> extra_metrics = nullptr);

  Response Answer(const Request& request);

 private:
  Response Get(const Request& request);
  Response Post(const Request& request);
  Response PostEvents(const Request& request);
  Response PostAcknowledgement(const Request& request, std::string_view id);
  Response PostPolicies(const Request& request);
  Response GetBacklog(const Request& request, const std::string& queue, bool one);
  Response GetCases(const Request& request);
  Response GetCase(const Request& request, const std::string& id);
  Response GetWhole(std::string_view path);
  Response GetAlerts(const Request& request);
  Response GetAlert(std::string_view id);
  Response GetRejects(const Request& request);
  Response GetReady();

  Backend* backend_;
  std::function<std::string()> extra_metrics_;
  Acknowledgements acknowledgements_;
};

// The alert of "/v1/alerts/{id}/ack"; empty: the path is another one.
std::string_view AlertTaken(std::string_view path);
// {case_id, queue, stage, risk, …} of a summary.
std::string CaseSummaryToJson(const runtime::CaseSummary& summary);

}  // namespace caseclock::http
