//! A function with SnapStart: its hooks before the environment is copied, the wait for the restore, and its hooks after it.

use hyper::StatusCode;

use super::client::Call;
use super::failure::Failure;
use super::fatal::Fatal;
use super::hooked::HOOKS;
use super::restoring::Part;
use super::settings::Side;
use super::told::{HookGoes, Refused};
use super::{Runtime, log_failure, log_refusal, report};

impl Runtime {
    /// Runs the hooks, and waits at the point where the environment may be copied.
    pub(super) async fn snapshot(&mut self) -> Result<(), Fatal> {
        let kind = self.settings.variable("AWS_LAMBDA_INITIALIZATION_TYPE");
        if !self.ways.restoring().is_restored(kind) {
            return Ok(());
        }
        let mut parts = usual();
        self.ways.restoring().course(&mut parts);
        for part in parts {
            match part {
                Part::Wait => self.await_restore().await?,
                Part::Hook(side, hook) => {
                    let (odd, number) = (self.settings.hook, self.ways.random());
                    let ran = self.fixture.hooked.run((side, hook), odd, number).await;
                    if let Err(failure) = ran {
                        self.hook_failed(side, &failure).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Any status but 200 is a failure (SNAP-13).
    async fn await_restore(&mut self) -> Result<(), Fatal> {
        let call = Call::get("/restore/next");
        loop {
            let reply = self
                .ways
                .restoring()
                .await_restore(&mut self.client, &call)
                .await;
            let reply = reply.map_err(Fatal::Poll)?;
            if self.ways.restoring().says_restored(&reply) {
                break;
            }
            match self.ways.restoring().restore_refused(reply.status).await {
                Refused::Ends => {
                    self.report_refusal(reply.status).await;
                    return Err(Fatal::RestoreRefused(reply.status));
                }
                Refused::EndsSilently => return Err(Fatal::RestoreRefused(reply.status)),
                Refused::Again => {}
                Refused::GoesOn => return Ok(()),
            }
        }
        let (client, settings) = (&mut self.client, &self.settings);
        self.ways.restored(client, settings).await;
        Ok(())
    }

    async fn report_refusal(&mut self, status: StatusCode) {
        let message = format!("the call for a restore was refused with {status}");
        let failure = Failure::of_runtime("RestoreRefused", message);
        log_failure(self.log, &failure, None).await;
        // The process ends, whatever the reply.
        drop(self.client.send(&report("/init/error", &failure)).await);
    }

    /// Reports a failed hook, once, and ends (SNAP-05, SNAP-06, SNAP-14).
    async fn hook_failed(&mut self, side: Side, failure: &Failure) -> Result<(), Fatal> {
        log_failure(self.log, failure, None).await;
        let path = match side {
            Side::Before => "/init/error",
            Side::After => "/restore/error",
        };
        let call = self
            .ways
            .restoring()
            .hook_report(side, report(path, failure));
        if let Some(call) = call {
            let reply = self.client.send(&call).await.map_err(Fatal::Answer)?;
            log_refusal(self.log, &reply, None).await;
        }
        match self
            .ways
            .restoring()
            .after_hook_report(&mut self.client, side)
            .await
        {
            HookGoes::Ends => Err(Fatal::Hook),
            HookGoes::On => Ok(()),
        }
    }
}

/// The right way (SNAP-01, SNAP-04, SNAP-15).
fn usual() -> Vec<Part> {
    let before = HOOKS
        .iter()
        .rev()
        .map(|hook| Part::Hook(Side::Before, *hook));
    let after = HOOKS.iter().map(|hook| Part::Hook(Side::After, *hook));
    before.chain([Part::Wait]).chain(after).collect()
}
