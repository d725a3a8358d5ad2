// What a record costs in the embedded log: appended, produced in transactions, read from disk, and
// read at the end while it is written. Values of 200 bytes that look like encoded events, batches
// of 1000. Manual counters: `records/s` of wall time, `cpu_us/record` of this whole process, the
// background threads of the store included. `bytes/record` is the size of the directory.

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "engine/log/embedded/embedded_log.h"

namespace caseclock::log {
namespace {

constexpr size_t kBatch = 1000;

struct Fixture {
  Fixture() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "caseclock-bench-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
    EmbeddedOptions options;
    options.directory = directory;
    options.clock = [this] { return base::Instant{++now}; };
    log = std::move(OpenEmbeddedLog(options)).value();
    CHECK(log->EnsureTopic("events", {}).ok());
    // A third of the bytes differ from record to record, as in events.
    for (size_t i = 0; i < kBatch; ++i) {
      keys.push_back("case-" + std::to_string(i * 7919));
      std::string value = "\x0a\x24 CaseReferred wmp/marac source=records-system-1 stage=referred";
      for (uint64_t x = i + 1; value.size() < 200;) {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        value += value.size() < 140 ? static_cast<char>(x >> 33) : "grade=high;"[x % 11];
      }
      values.push_back(value);
    }
    for (size_t i = 0; i < kBatch; ++i) {
      records.push_back({keys[i], values[i], base::Instant::FromMillis(1'750'000'000'000), {}});
    }
  }
  ~Fixture() {
    log.reset();
    std::filesystem::remove_all(directory);
  }

  std::string directory;
  std::atomic<int64_t> now = base::Instant::FromSeconds(1'750'000'000).us;
  std::unique_ptr<Log> log;
  std::vector<std::string> keys;
  std::vector<std::string> values;
  std::vector<NewRecord> records;
};

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

double DirectoryBytes(const std::string& directory) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

void Report(benchmark::State& state, double records, double cpu) {
  state.counters["records/s"] = benchmark::Counter(records, benchmark::Counter::kIsRate);
  state.counters["cpu_us/record"] = records > 0 ? cpu * 1e6 / records : 0;
}

void BM_Append(benchmark::State& state) {
  Fixture fixture;
  auto appender = std::move(fixture.log->OpenAppender()).value();
  const double before = CpuSeconds();
  double records = 0;
  for (auto _ : state) {
    CHECK(appender->Append("events", fixture.records).ok());
    records += kBatch;
  }
  Report(state, records, CpuSeconds() - before);
  state.counters["bytes/record"] = DirectoryBytes(fixture.directory) / records;
}
BENCHMARK(BM_Append)->UseRealTime();

void BM_AppendOne(benchmark::State& state) {
  Fixture fixture;
  auto appender = std::move(fixture.log->OpenAppender()).value();
  const double before = CpuSeconds();
  double records = 0;
  for (auto _ : state) {
    CHECK(appender->Append("events", std::span(fixture.records).first(1)).ok());
    ++records;
  }
  Report(state, records, CpuSeconds() - before);
}
BENCHMARK(BM_AppendOne)->UseRealTime();

void BM_Transaction(benchmark::State& state) {
  Fixture fixture;
  auto producer = std::move(fixture.log->OpenProducer("bench")).value();
  const double before = CpuSeconds();
  double records = 0;
  for (auto _ : state) {
    CHECK(producer->Begin().ok());
    for (int64_t i = 0; i < state.range(0); ++i) {
      CHECK(producer->Produce("events", 0, fixture.records[static_cast<size_t>(i) % kBatch]).ok());
    }
    CHECK(producer->Commit().ok());
    records += static_cast<double>(state.range(0));
  }
  Report(state, records, CpuSeconds() - before);
}
BENCHMARK(BM_Transaction)->Arg(100)->Arg(1000)->Arg(10000)->UseRealTime();

void BM_ReadFromDisk(benchmark::State& state) {
  Fixture fixture;
  auto appender = std::move(fixture.log->OpenAppender()).value();
  for (int64_t i = 0; i < state.range(0); i += kBatch) {
    CHECK(appender->Append("events", fixture.records).ok());
  }
  const double before = CpuSeconds();
  double records = 0;
  uint64_t hash = 0;
  for (auto _ : state) {
    auto reader = std::move(fixture.log->Open({"events", 0}, 0)).value();
    do {
      auto batch = reader->Read(base::Duration{0}, 10'000);
      CHECK(batch.ok() && batch.value() != nullptr);
      for (const RecordView& r : batch.value()->records()) {
        hash = hash * 31 + r.key->size() + static_cast<unsigned char>(r.value->back());
      }
      records += static_cast<double>(batch.value()->records().size());
    } while (!reader->at_end());
  }
  Report(state, records, CpuSeconds() - before);
  benchmark::DoNotOptimize(hash);
}
BENCHMARK(BM_ReadFromDisk)->Arg(10'000)->Arg(1'000'000)->UseRealTime();

// Appending in one thread and following it in another; CPU is of both.
void BM_Tail(benchmark::State& state) {
  Fixture fixture;
  auto consumer = std::move(fixture.log->Join("bench", "", {"events"})).value();
  CHECK(consumer->Poll(base::Seconds(10), kBatch).value().kind == Polled::Kind::kAssigned);
  auto appender = std::move(fixture.log->OpenAppender()).value();
  std::atomic<bool> stop{false};
  std::atomic<int64_t> read{0};
  const double before = CpuSeconds();
  std::thread tail([&] {
    while (!stop) {
      auto polled = consumer->Poll(base::Seconds(10), 10'000);
      CHECK(polled.ok());
      if (polled.value().batch == nullptr) continue;
      read += static_cast<int64_t>(polled.value().batch->records().size());
      read.notify_one();
    }
  });
  double records = 0;
  for (auto _ : state) {
    CHECK(appender->Append("events", fixture.records).ok());
    records += kBatch;
  }
  for (int64_t seen = read; seen < static_cast<int64_t>(records); seen = read) read.wait(seen);
  Report(state, records, CpuSeconds() - before);
  stop = true;
  consumer->Wake();
  tail.join();
}
BENCHMARK(BM_Tail)->UseRealTime();

}  // namespace
}  // namespace caseclock::log

BENCHMARK_MAIN();
