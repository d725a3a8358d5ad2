#include "consumers/simulator/plants.h"

namespace caseclock::simulator {
namespace {

using base::Hours;
using base::Seconds;
using model::EventType;

class Planter {
 public:
  Planter(Instant start, uint32_t first) : start_(start), next_(first) {}

  // A case whose rung is reached `after` the start.
  void Plant(const PlantBasis& basis, base::Duration after) {
    const int percent = basis.warning_percent == 0 ? 100 : basis.warning_percent;
    Begin(basis.queue, start_ + after - base::Duration{basis.limit.us / 100 * percent});
    Put(EventType::kReferred, Atom::Intern(basis.risk), OriginOf(basis.queue), now_);
    Assign();
  }

  // What stops the clock of the last case, done `done` after the start, typed up `typed` after it.
  void Late(Atom activity, base::Duration done, base::Duration typed) {
    now_ = start_ + done;
    Put(EventType::kPerformed, activity, Codes::Get().done, start_ + typed);
  }

  // An offender whose plan says a visit every kPlantVisitInterval; the last one was that long ago.
  void PlantVisit(base::Duration due_after) {
    const Codes& c = Codes::Get();
    const Instant visit = start_ + due_after - kPlantVisitInterval;
    Begin(Queue::kRso, visit - Hours(30));
    Put(EventType::kReferred, c.high, c.court, now_);
    Assign();
    now_ = visit - Hours(20);
    Put(EventType::kAssessed, c.high, c.arms, now_);
    now_ = visit - Hours(19);
    Put(EventType::kIntervalSet, c.clock_home_visit, c.supervisor, now_).value =
        kPlantVisitInterval.us;
    now_ = visit;
    Put(EventType::kPerformed, c.home_visit, c.done, now_ + Seconds(300));
  }

  std::vector<Planned> Take() { return std::move(steps_); }

 private:
  static Atom OriginOf(Queue queue) {
    const Codes& c = Codes::Get();
    if (queue == Queue::kMarac) return c.dash;
    return queue == Queue::kOcset ? c.nca : c.call;
  }

  void Begin(Queue queue, Instant at) {
    queue_ = queue;
    number_ = next_++;
    step_ = 0;
    now_ = at;
  }

  void Assign() {
    now_ = now_ + Seconds(1200);
    Put(EventType::kAssigned, Atom::Intern("h/" + std::string(QueueName(queue_)) + "/7"),
        Codes::Get().investigator, now_);
  }

  Planned& Put(EventType type, Atom code, Atom extra, Instant arrives) {
    Planned planned;
    planned.occurred = now_;
    planned.arrives = arrives + Seconds(2);
    planned.code = code;
    planned.extra = extra;
    planned.number = number_;
    planned.step = step_++;
    planned.type = type;
    planned.queue = queue_;
    planned.plant = true;
    steps_.push_back(planned);
    return steps_.back();
  }

  Instant start_;
  uint32_t next_;
  Queue queue_ = Queue::kMarac;
  uint32_t number_ = 0;
  uint16_t step_ = 0;
  Instant now_;
  std::vector<Planned> steps_;
};

}  // namespace

std::vector<Planned> PlanPlants(Instant start, uint32_t first) {
  const Codes& c = Codes::Get();
  Planter planter(start, first);
  planter.Plant(kRecordWarning, Seconds(25));
  planter.Plant(kContactWarning, Seconds(40));
  planter.Plant(kRecordBreach, Seconds(50));
  planter.PlantVisit(Seconds(60));
  planter.Late(c.home_visit, Seconds(45), Seconds(95));
  planter.Plant(kContactBreach, Seconds(75));
  planter.Late(c.idva_contact, Seconds(70), Seconds(115));
  planter.Plant(kEnforceBreach, Seconds(90));
  planter.Plant(kContactWarning, Seconds(105));
  planter.Plant(kRecordBreach, Seconds(120));
  return planter.Take();
}

}  // namespace caseclock::simulator
