#include "engine/model/case_state.h"

namespace caseclock::model {

std::string RegisterId(Atom handler) {
  return kRegisterPrefix + handler.str();
}

}  // namespace caseclock::model
