#pragma once
// Purpose: one request for each key at a time. Who comes first leads, and lands with the result; whoever asks for the
// same key meanwhile waits for it. Thread-safe. Memory: the keys that are on the way.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "framework/base/status.h"

namespace motive::llm {

template <class T>
class Flights {
 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable landed;
    std::optional<Result<T>> result;
  };

 public:
  /// A place on a flight: of the leader or of one who waits. A leader that goes without landing lands with an error.
  class Place {
   public:
    Place(Flights* flights, std::string key, std::shared_ptr<Flight> flight, bool leads)
        : flights_(flights), key_(std::move(key)), flight_(std::move(flight)), leads_(leads) {}
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (leads_ && flight_) land(fail("a request for the same answer was given up"));
    }
    bool leads() const { return leads_; }
    void land(Result<T> result) {
      {
        const std::lock_guard lock(flights_->mutex_);
        flights_->open_.erase(key_);
      }
      const std::lock_guard lock(flight_->mutex);
      if (!flight_->result) flight_->result.emplace(std::move(result));
      flight_->landed.notify_all();
      leads_ = false;
    }
    Result<T> wait() {
      std::unique_lock lock(flight_->mutex);
      flight_->landed.wait(lock, [&] { return flight_->result.has_value(); });
      return *flight_->result;
    }

   private:
    Flights* flights_;
    std::string key_;
    std::shared_ptr<Flight> flight_;
    bool leads_;
  };

  Place join(const std::string& key) {
    const std::lock_guard lock(mutex_);
    auto& flight = open_[key];
    const bool leads = flight == nullptr;
    if (leads) flight = std::make_shared<Flight>();
    return Place(this, key, flight, leads);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> open_;
};

}  // namespace motive::llm
