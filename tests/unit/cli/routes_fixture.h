#pragma once

// Asks the routes in front of a backend without an engine.

#include <gtest/gtest.h>

#include <string>

#include "consumers/http/routes.h"
#include "tests/unit/cli/fake_backend.h"

namespace caseclock::http {

class RoutesTest : public ::testing::Test {
 protected:
  Response Get(const std::string& target) {
    Request request;
    request.method = "GET";
    EXPECT_TRUE(ParseTarget(target, &request)) << target;
    return routes_.Answer(request);
  }
  Response Post(const std::string& target, const std::string& type, const std::string& body,
                const CloudEventHeaders& cloud_event = {}) {
    Request request;
    request.method = "POST";
    request.cloud_event = cloud_event;
    request.content_type = type;
    request.body = body;
    EXPECT_TRUE(ParseTarget(target, &request)) << target;
    return routes_.Answer(request);
  }
  FakeBackend backend_;
  Routes routes_{&backend_};
};

}  // namespace caseclock::http
