//! Adding a destination in two steps, and changing one.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::Permit;
use crate::actions::App;
use crate::actions::destinations::{SaveReport, StoredDestination};
use crate::actions::notifications::{MOST_TRIES, always_changed};
use crate::domain::destination::ValidDestination;
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayAdminister, Visit};
use crate::web::page::{Choice, Notice, Shown};

use super::form::{DestinationInput, form_errors, id_of_post};
use super::merge;
use super::view::{
    DestinationForm, DestinationFormPage, DestinationKindPage, DestinationSecretPage, DestinationSummary,
    EventChoices, kind_choices,
};
use super::{find, warnings};

/// What the form is about: a new destination of a kind, or one that is stored.
pub(super) enum Subject {
    New(Kind),
    Stored(Box<StoredDestination>),
}

#[derive(Deserialize)]
pub(super) struct KindQuery {
    kind: Option<String>,
}

/// The first step asks for the kind; its answer leads to the second.
pub(super) async fn new(visit: Visit<MayAdminister>, Query(query): Query<KindQuery>) -> PageResult<Response> {
    match query.kind.map(|word| word.parse()) {
        Some(Ok(kind)) => {
            let Some(fields) = visit.kept_form("destinations/new").await? else {
                let form = DestinationForm::default();
                return Ok(page(&visit, &Subject::New(kind), form).await?.into_response());
            };
            let mut page = page(&visit, &Subject::New(kind), DestinationForm::read(kind, &fields)).await?;
            page.unsaved = true;
            page.shell.notices.push(Notice::kept_form());
            Ok(page.into_response())
        }
        None => Ok(kind_page(&visit).await?.into_response()),
        Some(Err(_)) => {
            let mut page = kind_page(&visit).await?;
            page.shell.errors.push_sentence("kind", "Choose what kind of destination to add");
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(super) async fn create(
    visit: Visit<MayAdminister>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let answer = save(&visit, Subject::posted(&fields)?, &fields).await?;
    answer.ok_or_else(|| always_changed("these destinations").into())
}

pub(super) async fn show(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<DestinationFormPage> {
    let stored = find(&visit, &id).await?;
    let Some(fields) = visit.kept_form(&format!("destinations/{}", stored.row.id)).await? else {
        let form = DestinationForm::of(&stored);
        return page(&visit, &Subject::Stored(Box::new(stored)), form).await;
    };
    let mut form = DestinationForm::read(stored.kind, &fields);
    let (theirs, _) =
        merge::merge(&visit.app, &visit.permit, &stored, &Shown::of(&fields), &mut form).await?;
    let mut page = page(&visit, &Subject::Stored(Box::new(stored)), form).await?;
    page.unsaved = true;
    page.shell.notices.push(Notice::kept_form());
    page.shell.notices.extend(theirs);
    Ok(page)
}

pub(super) async fn change(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    for _ in 0..MOST_TRIES {
        let stored = find(&visit, &id).await?;
        if let Some(answer) = save(&visit, Subject::Stored(Box::new(stored)), &fields).await? {
            return Ok(answer);
        }
    }
    Err(always_changed("this destination").into())
}

/// The secret that was just made.
pub(super) async fn secret(
    visit: Visit<MayAdminister>,
    Path((_, id)): Path<(i64, String)>,
) -> PageResult<DestinationSecretPage> {
    let stored = find(&visit, &id).await?;
    let shell = visit.shell("Secret created", "destinations").await?;
    let (name, secret) = visit.seen_once().await?.unzip();
    Ok(DestinationSecretPage { shell, id: stored.row.id, name: name.unwrap_or_default(), secret })
}

/// `None` if somebody else has changed the destination since it was read.
async fn save(
    visit: &Visit<MayAdminister>,
    subject: Subject,
    fields: &[(String, String)],
) -> PageResult<Option<Response>> {
    let mut form = DestinationForm::read(subject.kind(), fields);
    let (theirs, conflicts) = match &subject {
        Subject::New(_) => (None, FieldErrors::default()),
        Subject::Stored(stored) => {
            merge::merge(&visit.app, &visit.permit, stored, &Shown::of(fields), &mut form).await?
        }
    };
    let (input, mut errors) = form.check(subject.kind(), &visit.app.catalog);
    errors.extend(conflicts);
    let new_secret = input.new_secret.clone();
    let once = id_of_post(visit.account.id, fields);
    let saved = match subject.save(&visit.app, &visit.permit, input, errors, once).await? {
        Ok(Some(saved)) => saved,
        Ok(None) => return Ok(None),
        Err(errors) => return Ok(Some(refused(visit, &subject, form, errors).await?)),
    };
    let done = match subject {
        Subject::New(_) => "Destination added.",
        Subject::Stored(_) => "Changes saved.",
    };
    let mut notices = vec![Notice::done(done)];
    notices.extend(theirs);
    notices.extend(warnings(saved.warnings));
    if saved.is_repeat {
        // The first of these posts leaves them, and its secret: the session is written by nobody else.
        notices.clear();
    }
    let path = match new_secret {
        Some(secret) => {
            if !saved.is_repeat {
                visit.show_once(&saved.destination.row.name, &secret).await?;
            }
            format!("destinations/{}/secret", saved.destination.row.id)
        }
        None => "destinations".to_owned(),
    };
    Ok(Some(visit.redirect(&path, notices).await?.into_response()))
}

/// The same page with everything as it was typed, secrets too: losing what was typed helps nobody.
pub(super) async fn refused(
    visit: &Visit<MayAdminister>,
    subject: &Subject,
    form: DestinationForm,
    errors: FieldErrors,
) -> PageResult<Response> {
    let mut page = page(visit, subject, form).await?;
    page.unsaved = true;
    page.shell.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

impl Subject {
    /// A new one of the kind that the second step was about.
    pub fn posted(fields: &[(String, String)]) -> Result<Self, Error> {
        let kind = fields.iter().find(|(name, _)| name == "kind").and_then(|(_, word)| word.parse().ok());
        kind.map(Self::New)
            .ok_or_else(|| Error::bad_request("The form does not say what kind of destination it is about."))
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::New(kind) => *kind,
            Self::Stored(stored) => stored.kind,
        }
    }

    /// Saves what was typed (`None` if somebody else came first), or says everything that is wrong with it: `errors` is what the form itself cannot read.
    async fn save(
        &self,
        app: &App,
        permit: &Permit<MayAdminister>,
        input: DestinationInput,
        errors: FieldErrors,
        once: Option<Uuid>,
    ) -> Result<Result<Option<SaveReport>, FieldErrors>, Error> {
        if !errors.is_empty() {
            return Ok(Err(self.preview(app, input, errors)?.err().unwrap_or_default()));
        }
        let saved = match self {
            Self::New(kind) => {
                let draft = input.into_draft(*kind);
                let uuid = once.unwrap_or_else(|| app.clock.new_id());
                app.destinations.create_as(permit, draft, uuid).await.map(Some)
            }
            Self::Stored(stored) => {
                app.destinations.update_as_read(permit, stored.as_ref().clone(), input.patch).await
            }
        };
        Ok(match saved {
            Ok(saved) => Ok(saved),
            Err(error) => Err(form_errors(self.kind(), error)?),
        })
    }

    /// What the typed fields come to, with nothing saved; or everything that is wrong with them.
    pub fn preview(
        &self,
        app: &App,
        input: DestinationInput,
        mut errors: FieldErrors,
    ) -> Result<Result<ValidDestination, FieldErrors>, Error> {
        let preview = match self {
            Self::New(kind) => app.destinations.check(input.into_draft(*kind)),
            Self::Stored(stored) => app.destinations.preview(stored, input.patch),
        };
        match preview {
            Ok(destination) => Ok(errors.or(destination)),
            Err(error) => {
                errors.extend(form_errors(self.kind(), error)?);
                Ok(Err(errors))
            }
        }
    }

    fn title(&self) -> String {
        match self {
            Self::New(kind) => format!("Add destination: {}", kind.spec().label),
            Self::Stored(stored) => format!("Edit {}", stored.row.name),
        }
    }

    fn saved(&self, app: &App) -> Result<Option<DestinationSummary>, Error> {
        let Self::Stored(stored) = self else { return Ok(None) };
        Ok(Some(DestinationSummary {
            id: stored.row.id,
            name: stored.row.name.clone(),
            url_label: app.destinations.url_label(stored)?.unwrap_or_default(),
            signed: stored.is_signed(),
            headers: stored.header_names().map(ToOwned::to_owned).collect(),
            paused: !stored.row.enabled,
        }))
    }
}

async fn kind_page(visit: &Visit<MayAdminister>) -> PageResult<DestinationKindPage> {
    let shell = visit.shell("Add destination", "destinations").await?;
    Ok(DestinationKindPage { shell, kinds: kind_choices(Kind::ALL.first().copied()) })
}

/// The form with what is typed; after a plain GET that is what is stored.
pub(super) async fn page(
    visit: &Visit<MayAdminister>,
    subject: &Subject,
    form: DestinationForm,
) -> PageResult<DestinationFormPage> {
    let app = &visit.app;
    let groups = app.catalog.groups().iter().map(|group| EventChoices {
        title: group.title.clone(),
        choices: group
            .events
            .iter()
            .map(|event| Choice {
                value: event.key.clone(),
                label: event.title.clone(),
                hint: String::new(),
                selected: form.events.contains(&event.key),
            })
            .collect(),
    });
    let shown = match subject {
        Subject::New(_) => Vec::new(),
        Subject::Stored(stored) => merge::marks(app, &visit.permit, stored)?,
    };
    Ok(DestinationFormPage {
        shown,
        shell: visit.shell(&subject.title(), "destinations").await?,
        kind: subject.kind(),
        saved: subject.saved(app)?,
        groups: groups.collect(),
        unsaved: false,
        nonce: app.clock.new_id().to_string(),
        result: None,
        form,
    })
}
