#pragma once

// Alerts, queue partials, backlogs, commit records, rejects and policy records ↔ bytes and JSON.
// Stateless; any thread. Decoders answer kCorrupt with what was expected.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/model/alert.h"
#include "engine/model/backlog.h"
#include "engine/model/figures.h"
#include "engine/model/records.h"

namespace caseclock::codec {

void EncodeAlert(const model::Alert& alert, std::string* out);
base::Status DecodeAlert(std::string_view bytes, model::Alert* alert);
std::string AlertToJson(const model::Alert& alert);

// A chunk of a queue's figures. `key` is also the record's key in the partials topic: see
// FigureChunkKey, which sorts by queue, kind, labels, day.
struct ChunkKey {
  model::FigureKey figure;
  int32_t day = 0;        // UTC day
  int32_t partition = 0;  // input partition
  bool operator==(const ChunkKey&) const = default;
};
// `queue` 0x00 partition:be32 kind label1 0x00 label2 0x00 day:be32 (day offset so that it sorts).
std::string FigureChunkKey(const ChunkKey& key);
base::Result<ChunkKey> ParseFigureChunkKey(std::string_view bytes);
void EncodeChunk(const ChunkKey& key, const model::FigureChunk& chunk, std::string* out);
base::Status DecodeChunk(std::string_view bytes, ChunkKey* key, model::FigureChunk* chunk);
// Whether what was read is a chunk of that key that figures can take: of its day, in order, no fact
// twice, none less than once. kCorrupt.
base::Status CheckChunk(const ChunkKey& key, const model::FigureChunk& chunk);

void EncodeShare(const model::PartitionShare& share, std::string* out);
base::Status DecodeShare(std::string_view bytes, model::PartitionShare* share);
// The key of a share: kShareKey partition:be32.
std::string ShareKey(int32_t partition);

void EncodeBacklog(const model::Backlog& backlog, std::string* out);
base::Status DecodeBacklog(std::string_view bytes, model::Backlog* backlog);
// The JSON that GET /v1/backlog answers, compact; keys in the order of backlog_json.cc.
std::string BacklogToJson(const model::Backlog& backlog);

void EncodeCommit(const model::CommitRecord& record, std::string* out);
base::Status DecodeCommit(std::string_view bytes, model::CommitRecord* record);
// The note beside the offsets of a commit, which says which one it was: `caseclock commit 17`.
// Absent: it is another note, or none.
std::string EncodeCommitNote(int64_t sequence);
std::optional<int64_t> DecodeCommitNote(std::string_view note);

// What partitions know of sources, and how far silences have been told.
void EncodeHeard(const model::HeardSources& sources, std::string* out);
base::Status DecodeHeard(std::string_view bytes, model::HeardSources* sources);
void EncodeSources(const model::SourcesRecord& record, std::string* out);
base::Status DecodeSources(std::string_view bytes, model::SourcesRecord* record);

void EncodeReject(const model::Reject& reject, std::string* out);
base::Status DecodeReject(std::string_view bytes, model::Reject* reject);
std::string RejectToJson(const model::Reject& reject);
std::string_view RejectReasonName(model::RejectReason reason);

void EncodePolicy(const model::PolicyRecord& record, std::string* out);
base::Status DecodePolicy(std::string_view bytes, model::PolicyRecord* record);
void EncodeActivation(const model::ActivationRecord& record, std::string* out);
base::Status DecodeActivation(std::string_view bytes, model::ActivationRecord* record);
void EncodeMigration(const model::MigrationRecord& record, std::string* out);
base::Status DecodeMigration(std::string_view bytes, model::MigrationRecord* record);

}  // namespace caseclock::codec
