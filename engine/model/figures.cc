#include "engine/model/figures.h"

#include <tuple>

namespace caseclock::model {

bool FigureKey::operator<(const FigureKey& o) const {
  return std::tie(queue, kind, label1, label2) < std::tie(o.queue, o.kind, o.label1, o.label2);
}

}  // namespace caseclock::model
