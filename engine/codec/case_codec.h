#pragma once

// Case states and ledger pages ↔ bytes (proto/caseclock/v1/case.proto, by hand as event_codec is).
// Deterministic: the same state gives the same bytes. Stateless; any thread.

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/core/step.h"
#include "engine/model/case_state.h"

namespace caseclock::codec {

// Appends a LedgerEntry, ready to lie in a page: its tag and length in front (it is an element of a
// repeated field of CaseState and LedgerPage). The case id is left out.
void EncodeLedgerEntry(const model::Event& event, const model::Arrival& arrival, std::string* out);
// core::EntryDecoder. CHECKs on damage.
void DecodeLedgerEntry(std::string_view bytes, core::LedgerEntry* entry);

void EncodeCase(const model::CaseState& state, std::string* out);
base::Status DecodeCase(std::string_view bytes, model::CaseState* state);

void EncodePage(std::string_view case_id, const model::ClosedPage& page, std::string* out);
base::Status DecodePage(std::string_view bytes, model::ClosedPage* page);
// Key of a closed page in the `cases` topic: case id, 0x00, index as four bytes big-endian.
std::string PageKey(std::string_view case_id, uint32_t page);
// Else the key is a case's. Case ids hold no control characters.
bool IsPageKey(std::string_view key);
// REQUIRES: IsPageKey.
std::pair<std::string_view, uint32_t> SplitPageKey(std::string_view key);

// The bytes of a view alone, without causes (history): what properties compare.
void EncodeView(const model::CaseView& view, std::string* out);

// JSON of a case or page for people and dashboards; snake_case.
base::Result<std::string> CaseToJson(std::string_view bytes);

}  // namespace caseclock::codec
