#include "engine/runtime/checkpoint_writer.h"

#include "engine/host/thread_name.h"

namespace caseclock::runtime {

CheckpointWriter::CheckpointWriter(EngineOptions::CheckpointProbe probe, bool driven)
    : probe_(std::move(probe)), driven_(driven) {
  if (!driven_) thread_ = std::thread([this] { Run(); });
}

CheckpointWriter::~CheckpointWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_future<base::Status> CheckpointWriter::Write(
    store::CaseStore* store, std::shared_ptr<store::Checkpoint> checkpoint) {
  Job job{store, std::move(checkpoint), {}};
  if (driven_) {
    // Runs in the first thread that asks for its outcome.
    const auto write = [this](const Job& deferred) {
      return WriteHere(deferred.store, deferred.checkpoint.get());
    };
    return deferred_.emplace_back(std::async(std::launch::deferred, write, std::move(job)));
  }
  std::shared_future<base::Status> done = job.done.get_future();
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
  return done;
}

void CheckpointWriter::WriteNext() {
  const auto is_written = [](const std::shared_future<base::Status>& write) {
    return write.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  std::erase_if(deferred_, is_written);
  if (deferred_.empty()) return;
  deferred_.front().wait();
  deferred_.pop_front();
}

void CheckpointWriter::Run() {
  host::NameThread("checkpoints");
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    base::Status status = WriteHere(job.store, job.checkpoint.get());
    job.checkpoint.reset();
    job.done.set_value(std::move(status));
  }
}

base::Status CheckpointWriter::WriteHere(store::CaseStore* store,
                                         store::Checkpoint* checkpoint) const {
  if (probe_) {
    if (auto status = probe_(CheckpointStage::kBegun); !status.ok()) return status;
  }
  if (auto status = store->Write(checkpoint); !status.ok()) return status;
  return probe_ ? probe_(CheckpointStage::kWritten) : base::Status();
}

}  // namespace caseclock::runtime
