#pragma once

// Every code that the simulator writes, in one place: the names of deploy/policies. A test holds
// them against the shipped files.

#include <array>
#include <string_view>

#include "engine/base/atom.h"

namespace caseclock::simulator {

using base::Atom;

// The four queues. Numbers choose the random stream of a case and never change.
enum class Queue : uint8_t { kMarac = 0, kRso = 1, kOcset = 2, kInvestigation = 3 };
inline constexpr std::array<Queue, 4> kQueues = {Queue::kMarac, Queue::kRso, Queue::kOcset,
                                                 Queue::kInvestigation};
// "marac": the queue without its force.
constexpr std::string_view QueueName(Queue queue) {
  constexpr std::array<std::string_view, 4> kNames = {"marac", "rso", "ocset", "investigation"};
  return kNames[static_cast<size_t>(queue)];
}
// The records system that the queue's events come from.
constexpr std::string_view SourceName(Queue queue) {
  constexpr std::array<std::string_view, 4> kNames = {"marac-register", "offender-register",
                                                      "online-referrals", "rms"};
  return kNames[static_cast<size_t>(queue)];
}
// First letter of a case id.
constexpr char CaseLetter(Queue queue) {
  return "MROI"[static_cast<size_t>(queue)];
}

struct Codes {
  static Atom Of(std::string_view text) { return Atom::Intern(text); }
  static const Codes& Get() {
    static const Codes codes;
    return codes;
  }

  // grades
  Atom very_high = Of("very_high"), high = Of("high"), medium = Of("medium"), low = Of("low");
  Atom standard = Of("standard");
  // tools
  Atom dash = Of("dash"), dara = Of("dara"), arms = Of("arms"), kirat = Of("kirat");
  Atom triage = Of("triage");
  // origins
  Atom professional = Of("professional"), partner = Of("partner"), court = Of("court");
  Atom order = Of("order"), transfer_in = Of("transfer_in"), nca = Of("nca");
  Atom public_report = Of("public_report"), other_force = Of("other_force"), call = Of("call");
  Atom online = Of("online"), station = Of("station");
  // screening
  Atom in = Of("in"), out = Of("out"), returned = Of("returned"), guidance = Of("2026-01");
  Atom criterion_visible = Of("visible_high_risk"),
       criterion_judgement = Of("professional_judgement");
  Atom criterion_escalation = Of("potential_escalation"), criterion_repeat = Of("repeat");
  // pauses
  Atom returned_incomplete = Of("returned_incomplete"), victim_moved = Of("victim_moved");
  Atom custody = Of("custody"), hospital = Of("hospital"), abroad = Of("abroad");
  Atom victim_declined = Of("victim_declined"), awaiting_resolution = Of("awaiting_resolution");
  // activities
  Atom idva_contact = Of("idva_contact"), hearing = Of("hearing");
  Atom agenda_circulated = Of("agenda_circulated"), actions_completed = Of("actions_completed");
  Atom actions_circulated = Of("actions_circulated"), home_visit = Of("home_visit");
  Atom action_police = Of("action_police"), action_idva = Of("action_idva");
  Atom action_housing = Of("action_housing"), action_health = Of("action_health");
  Atom action_childrens_services = Of("action_childrens_services");
  Atom research_police = Of("research_police"), research_housing = Of("research_housing");
  Atom research_health = Of("research_health"), research_completed = Of("research_completed");
  Atom number_checked = Of("number_checked"), safe_route_agreed = Of("safe_route_agreed");
  Atom return_notification = Of("return_notification");
  Atom release_notification = Of("release_notification");
  Atom home_visit_attempted = Of("home_visit_attempted"), departure = Of("departure");
  Atom travel_notification = Of("travel_notification"), fixed_abode = Of("fixed_abode");
  Atom no_fixed_abode = Of("no_fixed_abode"), breach_established = Of("breach_established");
  Atom breach_recorded = Of("breach_recorded");
  Atom intelligence_received = Of("intelligence_received");
  Atom intelligence_disseminated = Of("intelligence_disseminated");
  Atom written_confirmation = Of("written_confirmation");
  Atom notification = Of("notification"), change_notification = Of("change_notification");
  Atom subscriber_requested = Of("subscriber_requested");
  Atom safeguarding_referral = Of("safeguarding_referral");
  Atom warrant_granted = Of("warrant_granted"), enforcement = Of("enforcement");
  Atom forensics_submitted = Of("forensics_submitted"), crime_recorded = Of("crime_recorded");
  Atom plan_review = Of("plan_review"), supervisor_review = Of("supervisor_review");
  Atom victim_update = Of("victim_update"), arrest = Of("arrest"), interview = Of("interview");
  Atom support_referral = Of("support_referral");
  Atom victim_informed = Of("victim_informed"), file_to_cps = Of("file_to_cps");
  Atom next_action = Of("next_action"), review_requested = Of("review_requested");
  Atom review_acknowledged = Of("review_acknowledged"), review_decided = Of("review_decided");
  // results
  Atom done = Of("done"), no_reply = Of("no_reply");
  Atom safe_to_call = Of("safe_to_call"), unsafe_to_call = Of("unsafe_to_call");
  // roles
  Atom coordinator = Of("coordinator"), offender_manager = Of("offender_manager");
  Atom investigator = Of("investigator");
  // reasons
  Atom screened_out = Of("screened_out"), heard = Of("heard"), finalised = Of("finalised");
  Atom filed = Of("filed"), moved_away = Of("moved_away"), online_offence = Of("online_offence");
  Atom workload = Of("workload"), entered_in_error = Of("entered_in_error");
  Atom new_information = Of("new_information"), supervisor = Of("supervisor");
  // clocks that plants count on
  Atom clock_home_visit = Of("home_visit");
};

}  // namespace caseclock::simulator
