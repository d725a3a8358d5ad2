#pragma once

// Keys of the case store. These letters and layouts are on disk and never change.
//
//   C case-id                               → codec::EncodeCase
//   P case-id 00 page:be32                  → codec::EncodePage (behind P: codec::PageKey)
//   D case-id 00 event fingerprint:be64     → page:be32, the closed page that holds the event
//   F figure-chunk-key                      → codec::EncodeChunk (key by codec::FigureChunkKey)
//   I queue 00 kind 00 instant case-id      → empty; kind: "" (opened) or a clock's name (due)
//   T instant case-id                       → empty; the case's timer
//   H handler 00 case-id                    → empty; a case whose ledger has named the handler
//   M "fold"                                → be32, by which number what is derived was worked out
//   M "handlers"                            → empty; the table H is whole (older stores have none)
//   M "position"                            → Position, see position.h
//   M "untold"                              → chunk keys, each as size:be32 and its bytes
//
// Instants are eight bytes big-endian with the sign bit flipped, so that they sort. Neither case
// ids nor codes hold a 00 byte (codec checks both).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/instant.h"

namespace caseclock::store {

inline constexpr char kCaseTable = 'C';
inline constexpr char kPageTable = 'P';
inline constexpr char kDedupTable = 'D';
inline constexpr char kFigureTable = 'F';
inline constexpr char kIndexTable = 'I';
inline constexpr char kTimerTable = 'T';
inline constexpr char kHandlerTable = 'H';
inline constexpr char kMetaTable = 'M';

// Instants as keys have them.
void AppendBigInstant(base::Instant t, std::string* out);
// From the front of `bytes`. REQUIRES: there are at least 8.
base::Instant ReadBigInstant(std::string_view bytes);

std::string PositionKey();
std::string HandlersWholeKey();
std::string FoldKey();
std::string UntoldKey();
std::string HandlerPrefix(std::string_view handler);
std::string HandlerKey(std::string_view handler, std::string_view case_id);
std::string CaseKey(std::string_view case_id);
std::string PageKeyOf(std::string_view case_id, uint32_t page);
std::string DedupKey(std::string_view case_id, uint64_t fingerprint);
std::string IndexPrefix(std::string_view queue, std::string_view kind);
std::string IndexKey(std::string_view queue, std::string_view kind, base::Instant t,
                     std::string_view case_id);
std::string FigureKeyOf(std::string_view chunk_key);
std::string TimerKey(base::Instant t, std::string_view case_id);

}  // namespace caseclock::store
