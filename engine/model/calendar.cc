#include "engine/model/calendar.h"

namespace caseclock::model {

void IndexHolidays(Calendar* calendar) {
  auto& index = calendar->holidays_before;
  index.assign(1, {});
  for (const int32_t day : calendar->holidays) {
    index.push_back(index.back());
    ++index.back()[Weekday(day)];
  }
}

}  // namespace caseclock::model
